"""Where a conversation stands, as plain values.

The caller builds a `Course` from the rows it stored and writes the `Step` back, so text and voice,
a restart and a second worker all see the same standing and nothing is kept in memory between turns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

# In the order they are asked. "warning_signs_which" follows a bare yes and takes any words.
QUESTIONS = (
    "pain_now",
    "warning_signs",
    "warning_signs_which",
    "pain_best",
    "relief_hours",
    "took_medicine",
    "medicine_when",
    "usual_activity",
)
SCORES = ("pain_now", "pain_best")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one procedure that shares the check-in. Baseline 0 to 10; None when not recorded."""

    baseline: Decimal | None = None
    intent: str = "diagnostic"
    repeat_percent: Decimal = Decimal(80)

    def reached_by(self, score: Decimal | None) -> bool:
        """Whether a score means relief of at least the bar. The decision table's own rule, said again
        here because the rooms do not import each other; a test holds the two together.
        """
        if score is None or not self.baseline:
            return False
        return 100 * (self.baseline - score) >= self.repeat_percent * self.baseline


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to append. A later one to the same question replaces an earlier one; none is edited.

    value: Decimal for scores (0 to 10) and hours (0 to 48), bool for yes or no, "window" / "after" /
    "unsure" for medicine_when, "told" for warning_signs_which. `flags` are the reader's, and "range".
    """

    question: str
    value: Decimal | bool | str
    approx: bool = False
    flags: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """question: the open one, "" before the first and after the last. tries: unclear replies to it.

    answers: the last answer per question, and "index_pain" once that is settled.
    asked_back: a range was already asked back on the open question.
    unusable: questions given up after two unclear replies, never asked again.
    about: why each unclear reply to the open question was unclear (the reader's word, or "").
    """

    question: str = ""
    tries: int = 0
    answers: Mapping[str, Answered] = field(default_factory=lambda: MappingProxyType({}))
    asked_back: bool = False
    unusable: frozenset[str] = frozenset()
    about: tuple[str, ...] = ()

    def value(self, question: str) -> Decimal | bool | str | None:
        """The last answer's value, None when there is none."""
        answer = self.answers.get(question)
        return None if answer is None else answer.value

    def score(self, question: str) -> Decimal | None:
        """The last answer as a number, None when there is none."""
        value = self.value(question)
        return value if isinstance(value, Decimal) else None


@dataclass(frozen=True, slots=True)
class Step:
    """What one message changed.

    outcome: "asked" the next question, or the open one on request or after a correction · "asked_again"
    the same one, after an unclear reply · "asked_back" a range, to settle on one number · "closed" ·
    "handed_over" closed, and a person must look · "unchanged" nothing to say from here.
    record: answers to append now; one of them may correct an earlier question.
    hand_over: a question was just given up, or the patient asked for a person: open a task.
    low, high: the range asked back. about: what an unclear score was about, for the wording.
    asked_for: "opt_out" or "callback" when that is what closed the conversation.
    """

    course: Course
    record: tuple[Answered, ...] = ()
    outcome: str = "unchanged"
    hand_over: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    about: str = ""
    asked_for: str = ""
