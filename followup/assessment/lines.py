"""One JSON object in, one out: the body of `followup assess`.

A bad line answers for itself and never stops the ones after it.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from followup.assessment.inputs import Inputs
from followup.assessment.table import decide
from followup.assessment.thresholds import Thresholds, in_sentences


def assess_line(
    line: Any, thresholds: Thresholds | None = None, default_intent: str = "diagnostic"
) -> dict[str, Any]:
    """The proposal for one line, or `{"id", "error"}` with a sentence.

    A `thresholds` object in the line changes only the bars it names; the rest are the clinic's
    (`thresholds`), and the defaults where there is no clinic.
    """
    if not isinstance(line, Mapping):
        return {"id": None, "error": "The line is not an object: write one {…} of names and values a line."}
    name = line.get("id")
    try:
        bars = _bars(line.get("thresholds"), thresholds or Thresholds())
        proposal = decide(Inputs.parse(line), bars, default_intent)
    except ValidationError as error:
        return {"id": name, "error": in_sentences(error)}
    except ValueError as error:
        return {"id": name, "error": str(error)}
    return {
        "id": name,
        "disposition": proposal.disposition,
        "reason": proposal.reason,
        "flags": list(proposal.flags),
        "pw": proposal.pw,
        "pn": proposal.pn,
        "rule": proposal.rule,
    }


def _bars(given: Any, own: Thresholds) -> Thresholds:
    if given is None:
        return own
    if not isinstance(given, Mapping):
        return Thresholds.model_validate(given)
    return Thresholds.model_validate({**own.model_dump(exclude_unset=True), **given})
