"""Between a clinic file and its form: what a field shows, and what was typed into it as the file has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from followup.clinic import ClinicFile, ClinicFileError
from followup.console.settings_fields import Field, Section
from followup.intake.clinic_edit import Value
from followup.written import DAYS

PERSON = ("name", "phone", "hours")
SPARE = 2  # empty rows under the people on call: one can be added without a script
_ALIASES = {"from": "sender"}


def values(file: ClinicFile, section: Section) -> dict[str, Any]:
    """What each field of a section shows, by path."""
    return {one.path: _shown(_read(file, one.path), one.kind) for one in section.fields}


def typed(form: MultiDict[str, str], section: Section) -> dict[str, Any]:
    """The same from a form that was sent, to be shown again when it is refused."""
    return {one.path: _typed(form, one) for one in section.fields}


def changes(shown: Mapping[str, Any], section: Section) -> dict[str, Value]:
    """What was typed, as it is written into the file. What cannot be read is left for the file to refuse."""
    return {one.path: _written(shown[one.path], one) for one in section.fields}


def errors(problem: ClinicFileError, section: Section) -> dict[str, str]:
    """A sentence for each field that is wrong, by path; under "" what concerns none of them alone."""
    found: dict[str, str] = {}
    paths = [one.path for one in section.fields]
    for where, said in problem.problems:
        path = next((p for p in paths if where == p or where.startswith(f"{p}.")), "")
        # The third person on call is row 3 to whoever looks at the form.
        row = where.removeprefix(f"{path}.").split(".")[0] if path and where != path else ""
        words = (
            said.removeprefix(": ").strip()
            if path or where.split(".")[0] == section.name
            else f"{where}{said}"
        )
        words = f"{int(row) + 1}: {words}" if row.isdecimal() else words
        found[path] = f"{found[path]} {words}" if path in found else words[:1].upper() + words[1:]
    return found


def _read(file: ClinicFile, path: str) -> Any:
    value: Any = file
    for name in path.split("."):
        if value is None:
            return None
        value = getattr(value, _ALIASES.get(name, name))
    return value


def _shown(value: Any, kind: str) -> Any:
    match kind:
        case "span":
            return [f"{one:%H:%M}" for one in value]
        case "days":
            return [DAYS[number] for number in value]
        case "lines":
            return "\n".join(_plain(one) for one in value)
        case "people":
            return [{name: getattr(person, name) for name in PERSON} for person in value]
        case "switch":
            return bool(value)
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)


def _typed(form: MultiDict[str, str], one: Field) -> Any:
    match one.kind:
        case "span":
            return [form.get(f"{one.path}.{end}", "").strip() for end in (0, 1)]
        case "days":
            return [day for day in DAYS if day in form.getlist(one.path)]
        case "people":
            names = form.getlist(f"{one.path}.name")
            return [
                {name: form.getlist(f"{one.path}.{name}")[row].strip() for name in PERSON}
                for row in range(len(names))
                if all(len(form.getlist(f"{one.path}.{name}")) == len(names) for name in PERSON)
            ]
        case "switch":
            return one.path in form
    return form.get(one.path, "").replace("\r\n", "\n").strip()


def _written(shown: Any, one: Field) -> Value:
    match one.kind:
        case "span" | "switch":
            return shown  # type: ignore[no-any-return]
        case "days":
            return ",".join(shown)
        case "lines":
            return [line.strip() for line in shown.splitlines() if line.strip()]
        case "people":
            return _people(shown) or None
        case "number":
            return _number(shown) if shown else (None if one.optional else "")
    return None if one.optional and not shown else str(shown)


def _people(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [
        {"name": row["name"], "phone": row["phone"], "hours": row["hours"] or "always"}
        for row in rows
        if row["name"] or row["phone"]
    ]


def _number(text: str) -> int | float | str:
    try:
        number = Decimal(text.replace(",", "."))
    except ArithmeticError:
        return text
    if not number.is_finite():
        return text
    return int(number) if number == int(number) else float(number)
