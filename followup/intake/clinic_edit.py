"""Change single settings of a clinic file, as it was written: its comments and its order stay.

The file is the clinic's own, kept as text beside what it means; a page that wrote it anew from its values
would throw away what somebody noted beside them. What may be written into it is checked where every clinic
file is checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import tomlkit
from sqlmodel import Session
from tomlkit.items import AoT, Table

from followup.intake.clinics import set_clinic
from followup.store.models import Clinic
from followup.written import DAYS

Value = str | int | float | bool | Sequence[Any] | Mapping[str, Any] | None
# Who we are to the database and to the carrier: another code would be another clinic, and opt-outs are kept
# by what texts leave from. Both are changed by whoever runs the machine, with `followup clinic set`.
FIXED = ("clinic.code", "texting.from", "texting.messaging_service_sid")


class ChangedMeanwhileError(Exception):
    """Somebody else has changed the clinic file since it was looked at."""


def version(clinic: Clinic) -> str:
    """What a page was made from, so that it cannot write over what somebody else has changed since."""
    return hashlib.sha256(f"{clinic.file}{clinic.source}".encode()).hexdigest()[:16]


def source_of(clinic: Clinic) -> str:
    """The clinic file as TOML: as it was written, or made from its values where it was not kept."""
    return clinic.source or tomlkit.dumps(_plain(json.loads(clinic.file)))


def change_clinic(
    session: Session, clinic: Clinic, changes: Mapping[str, Value], seen: str, now: datetime
) -> list[str]:
    """Set each "section.key" to its value (None takes it out) and let the file act; returns what differs.

    `seen` is the version the changes were made to. Raises ChangedMeanwhileError, and ClinicFileError with a
    sentence for each problem, before anything is changed.
    """
    session.refresh(clinic, with_for_update=True)
    if version(clinic) != seen:
        raise ChangedMeanwhileError
    if wrong := [path for path in changes if path in FIXED]:
        raise ValueError(f"not to be changed here: {', '.join(wrong)}")
    document = tomlkit.parse(source_of(clinic))
    differs = [path for path, value in changes.items() if _put(document, path.split("."), value)]
    if differs:
        set_clinic(session, tomlkit.dumps(document), now)
    return differs


def _put(table: Any, path: list[str], value: Value) -> bool:
    """Write one value into its place, made if need be; False when it stood there already.

    A section that loses its last key goes with it: some, such as the text on the day, are on by being there.
    """
    name, *rest = path
    if rest:
        if name not in table:
            if value is None:
                return False
            table[name] = tomlkit.table()
        changed = _put(table[name], rest, value)
        if changed and value is None and not table[name]:
            del table[name]
        return changed
    before = table[name].unwrap() if name in table else None
    if before == value or (value is None and name not in table):
        return False
    if value is None:
        del table[name]
    else:
        table[name] = _tables(value) if _is_tables(value) else value
    return True


def _is_tables(value: Value) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _tables(rows: Any) -> AoT:
    """`[[on_call.people]]` over and over, as people write it."""
    array = tomlkit.aot()
    for row in rows:
        table: Table = tomlkit.table()
        table.update({name: value for name, value in row.items() if value not in (None, "")})
        array.append(table)
    return array


def _plain(value: Any, key: str = "") -> Any:
    """The stored JSON as somebody would write it: nothing for null, days by name, numbers as numbers."""
    if isinstance(value, dict):
        return {name: _plain(item, name) for name, item in value.items() if item is not None and item != {}}
    if isinstance(value, list):
        if value and key in ("days", "office_days"):
            return ",".join(DAYS[number] for number in value)
        return [_plain(item) for item in value]
    return value
