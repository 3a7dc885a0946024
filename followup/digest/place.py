"""Where a procedure stands. One pure function, so that page, console and JSON cannot disagree.

A bucket is not stored anywhere: it follows from the alert, the case and the conversation at the moment
somebody looks, and a stored one would be wrong as soon as one of them changed.
"""

from __future__ import annotations

BUCKETS = (
    "urgent_call",
    "unreachable_call",
    "provider_review",
    "candidate_repeat",
    "candidate_further_testing",
    "waiting",
    "closed",
)


def place(*, open_alert: bool, ended: str, decided: bool, conversation_open: bool, disposition: str) -> str:
    """The one bucket of a procedure; the first that fits.

    1. An unresolved alert, whatever else is known: acknowledging is not resolving.
    2. `ended` (the case's end, "" while it goes on) or a provider's decision.
    3. A check-in that is planned or open.
    4. What was proposed. Without a proposal a provider must look: nobody falls out of the page.
    """
    if open_alert:
        return "urgent_call"
    if ended or decided:
        return "closed"
    if conversation_open:
        return "waiting"
    return disposition if disposition in BUCKETS[:5] else "provider_review"
