"""Which bucket a procedure stands in: the first that fits."""

from __future__ import annotations

from itertools import product

import pytest

from followup.assessment import DISPOSITIONS
from followup.digest.place import BUCKETS, place


def at(**known: object) -> str:
    case = {
        "open_alert": False, "ended": "", "decided": False, "conversation_open": False, "disposition": "",
    } | known  # fmt: skip
    return place(**case)  # type: ignore[arg-type]


def test_an_unresolved_alert_comes_before_everything() -> None:
    assert (
        at(
            open_alert=True,
            ended="decided",
            decided=True,
            conversation_open=True,
            disposition="candidate_repeat",
        )
        == "urgent_call"
    )


@pytest.mark.parametrize("ended", ["cancelled", "decided", "reached", "declined", "deceased"])
def test_a_case_closed_by_staff_is_closed_even_while_a_late_answer_is_heard(ended: str) -> None:
    assert at(ended=ended, conversation_open=True, disposition="provider_review") == "closed"


def test_a_decision_closes_a_case() -> None:
    assert at(decided=True, disposition="candidate_repeat") == "closed"


def test_an_open_conversation_waits_whatever_was_proposed_before() -> None:
    assert at(conversation_open=True, disposition="unreachable_call") == "waiting"


@pytest.mark.parametrize("disposition", DISPOSITIONS)
def test_after_the_conversation_the_proposal_decides(disposition: str) -> None:
    assert at(disposition=disposition) == disposition


def test_a_case_without_a_proposal_goes_to_the_provider_and_not_off_the_page() -> None:
    assert at() == "provider_review"


def test_every_combination_has_exactly_one_known_bucket() -> None:
    for alert, ended, decided, going in product((True, False), ("", "reached"), (True, False), (True, False)):
        for disposition in ("", "nonsense", *DISPOSITIONS):
            assert (
                place(
                    open_alert=alert,
                    ended=ended,
                    decided=decided,
                    conversation_open=going,
                    disposition=disposition,
                )
                in BUCKETS
            )
