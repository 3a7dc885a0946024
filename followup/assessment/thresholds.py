"""The bars a clinic sets: the `[thresholds]` section of its file.

They are configuration because payers and guidelines disagree: Medicare's facet LCDs (L38773 and
its sisters) ask for 80 %, InterQual for 75 %, the 2020 multispecialty guideline (doi
10.1136/rapm-2019-101243) for 50 %. Stored with every proposal, so that an old one still explains itself.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo, model_validator

from followup.tongue import N_, _

_ANY = N_("{name} is {value}: write a number of {unit} from {low} to {high}.")
_WHOLE = N_("{name} is {value}: write a whole number of {unit} from {low} to {high}.")


def _between(low: int, high: int, unit: str, *, whole: bool = False) -> Callable[[Any, ValidationInfo], Any]:
    """A check that answers in a sentence; pydantic's own wording is for programmers."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name in MinHours.model_fields and info.field_name != "default":
            return None  # "no rule of its own": the default holds
        number = _number(value)
        if number is None or not low <= number <= high or (whole and number != int(number)):
            asked = _WHOLE if whole else _ANY
            said = {"name": info.field_name, "value": repr(value), "unit": _(unit), "low": low, "high": high}
            raise ValueError(_(asked, **said))
        return int(number) if whole else number

    return check


def _number(value: Any) -> Decimal | None:
    # bool is an int to Python: `repeat_percent = true` would quietly become a bar of 1 %.
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))  # text too: that is how a stored Decimal comes back from JSON
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


Percent = Annotated[Decimal, BeforeValidator(_between(1, 100, N_("percent")))]
RepeatPercent = Annotated[Decimal, BeforeValidator(_between(50, 100, N_("percent")))]
Points = Annotated[Decimal, BeforeValidator(_between(0, 10, N_("points")))]
WorsePoints = Annotated[Decimal, BeforeValidator(_between(1, 10, "points"))]
Hours = Annotated[Decimal, BeforeValidator(_between(0, 48, N_("hours")))]
Days = Annotated[int, BeforeValidator(_between(0, 365, N_("days"), whole=True))]
Sessions = Annotated[int, BeforeValidator(_between(1, 50, N_("sessions"), whole=True))]
WindowHours = Annotated[Decimal, BeforeValidator(_between(1, 24, "hours"))]
LateHours = Annotated[Decimal, BeforeValidator(_between(1, 720, "hours"))]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, data: Any) -> Any:
        # A misspelt bar would otherwise be ignored and the default used without a word.
        if not isinstance(data, dict):
            raise ValueError(
                _(
                    "{section} is {value}: write a table of names and numbers.",
                    section=cls._title(),
                    value=repr(data),
                )
            )
        for key in data:
            if key not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                raise ValueError(
                    _(
                        "{section} has no {name}: the names are {known}.",
                        section=cls._title(),
                        name=repr(key),
                        known=known,
                    )
                )
        return data

    @classmethod
    def _title(cls) -> str:
        return "min_hours" if cls is MinHours else "thresholds"


class MinHours(_Section):
    """How long relief must last to fit the drug, in hours; a drug without its own figure takes `default`.

    2 h for lidocaine and 3 h for bupivacaine are what trials and reviews use (PMC4865722); diaries
    show little difference between the two (PMC11372915), which is why short relief is a question
    for the provider and never a failure.
    """

    lidocaine: Hours | None = Decimal(2)
    bupivacaine: Hours | None = None
    ropivacaine: Hours | None = None
    other: Hours | None = None
    default: Hours = Decimal(3)

    def of(self, agent: str | None) -> Decimal:
        """The figure for an anaesthetic; an unknown one takes the default."""
        own: Decimal | None = getattr(self, agent, None) if agent in MinHours.model_fields else None
        return self.default if own is None else own


class Thresholds(_Section):
    """All bars of the decision table, frozen. Percents are of the baseline, scores 0 to 10.

    Raises pydantic's ValidationError; `in_sentences` turns it into words for the person who wrote the file.
    """

    repeat_percent: RepeatPercent = Decimal(80)
    partial_percent: Percent = Decimal(50)
    further_testing_below: Percent = Decimal(50)
    min_baseline: Points = Decimal(4)
    min_hours: MinHours = MinHours()
    worse_points: WorsePoints = Decimal(2)
    repeat_after_days: Days = 14
    session_cap: Sessions = 4
    window_hours: WindowHours = Decimal(8)
    late_hours: LateHours = Decimal(72)

    @model_validator(mode="after")
    def _bars_in_order(self) -> "Thresholds":
        # Bars out of order would leave a relief that is both a repeat and a reason for further tests.
        if self.partial_percent > self.repeat_percent:
            raise ValueError(
                _(
                    "partial_percent ({own}) is above repeat_percent ({bar}): lower it to {bar} or less.",
                    own=self.partial_percent,
                    bar=self.repeat_percent,
                )
            )
        if self.further_testing_below > self.partial_percent:
            raise ValueError(
                _(
                    "further_testing_below ({own}) is above partial_percent ({bar}): "
                    "lower it to {bar} or less.",
                    own=self.further_testing_below,
                    bar=self.partial_percent,
                )
            )
        return self


def in_sentences(error: ValidationError) -> str:
    """What is wrong with the thresholds, one sentence a fault, without pydantic's codes and links."""
    return " ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors())
