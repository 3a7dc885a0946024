"""Rosters as staff would write them, one cell changed at a time."""

from __future__ import annotations

import csv
import io

ANA = {
    "patient_id": "C1",
    "given_name": "Ana",
    "family_name": "Doe",
    "phone": "(202) 555-0123",
    "language": "en",
    "channel": "text",
    "timezone": "",
    "consent": "yes",
    "procedure_id": "P1",
    "performed_at": "2026-03-09 09:30",
    "status": "performed",
    "intent": "diagnostic",
    "agent": "lidocaine",
    "baseline_score": "8",
}
BEN = ANA | {"patient_id": "C2", "given_name": "Ben", "phone": "202-555-0124", "procedure_id": "P2"}


def roster(*rows: dict[str, str], without: tuple[str, ...] = ()) -> str:
    """A CSV of these rows with the columns they name, less the ones in `without`."""
    columns = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in without]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
