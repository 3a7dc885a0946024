"""A routine contact as a row that has not left yet: one place that says what such a row holds.

First contacts, rungs, second tries and the text on the day differ in when they are due and in nothing else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from followup.clinic import ClinicFile
from followup.store.models import CheckIn, Patient


def contact_values(
    check_in: CheckIn,
    patient: Patient,
    file: ClinicFile,
    *,
    key: str,
    step: str,
    channel: str,
    due_at: datetime,
    useless_after: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    """A planned contact to the phone the patient has now, as the values of its `Outbound` row.

    Values and no row, since thousands are inserted at once. `key` is unique for ever: one row, one contact.
    """
    return {
        "dedupe": key,
        "clinic_id": check_in.clinic_id,
        "patient_id": check_in.patient_id,
        "check_in_id": check_in.id,
        "channel": channel,
        "step": step,
        # Opt-outs are kept by the number we text from, whichever number we call from.
        "sender": file.sender,
        "to": patient.phone,
        "to_hash": patient.phone_hash,
        "due_at": due_at,
        "useless_after": useless_after,
        "created_at": now,
        "changed_at": now,
    }
