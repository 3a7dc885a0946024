"""A FHIR bundle as lines of named cells: one for each Procedure, with its Patient.

Only finds where a cell stands; the roster's own readers judge it. So a bundle is refused, previewed, taken
in and reconciled in the same words as a spreadsheet, and an interface engine gets no laxer door. What FHIR
has no settled place for comes as an extension named after the column (`urn:followup:consent`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from followup.intake.fields import UnreadableError
from followup.intake.sheet import IntakeError, Line, Sheet, clean
from followup.tongue import _

Resource = Mapping[str, Any]
OURS = "urn:followup:"
_PAIN = "72514-3"  # LOINC: pain severity, 0 to 10
_FACET_CPT = range(64490, 64496)  # facet joints and the nerves to them alike
_STATUS = {
    "completed": "performed",
    "preparation": "planned",
    "in-progress": "planned",
    "on-hold": "planned",
    "not-done": "cancelled",
    "entered-in-error": "cancelled",
}
_ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
_NOT_THEIRS = ("old", "work", "temp")  # a colleague may read what comes to the office


def is_bundle(data: bytes) -> bool:
    """Whether a file is JSON rather than a spreadsheet: no header of ours begins like this."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_bundle(data: bytes, known: Collection[str]) -> Sheet:
    """The Procedures of a bundle as lines, numbered by their entry. Raises IntakeError for anything else."""
    try:
        bundle = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise IntakeError(
            _("The file begins like JSON and cannot be read as JSON; export it again.")
        ) from None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise IntakeError(_("The file is JSON, but not a FHIR bundle; its resourceType must be Bundle."))
    entries = _dicts(bundle.get("entry"))
    named = {name: resource for entry in entries for name, resource in _names(entry)}
    scores = _scores(entries, named)
    lines, notes = [], []
    for number, entry in enumerate(entries, start=1):
        done = _dict(entry.get("resource"))
        if done.get("resourceType") != "Procedure":
            continue
        patient = named.get(_reference(done.get("subject")), {})
        if _is_dead(patient):
            notes.append(
                _("entry {n}: the patient is recorded as deceased; the follow-up is closed.", n=number)
            )
        try:
            found = _cells(done, patient, scores.get(id(done), []), known)
            lines.append(Line(number, {name: clean(text) for name, text in found if text}))
        except UnreadableError as problem:
            lines.append(Line(number, problem=problem.why, instead=problem.instead))
    if not lines:
        raise IntakeError(_("The bundle has no Procedure; send each one with its Patient."))
    columns = dict.fromkeys(name for line in lines for name in line.cells)
    return Sheet(tuple(columns), tuple(lines), tuple(notes), unit="entry")


def _cells(
    done: Resource, patient: Resource, scores: list[Resource], known: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Each cell as it would stand in the spreadsheet; a later one of the same name counts."""
    name = next((n for n in _dicts(patient.get("name")) if n.get("use") != "old"), {})
    yield "patient_id", _identifier(patient, "MR")
    yield "given_name", next(iter(_strings(name.get("given"))), "")
    yield "family_name", _text(name.get("family"))
    yield "phone", _phone(patient)
    yield "language", _language(patient)
    yield "birth_year", _text(patient.get("birthDate"))[:4]
    yield "procedure_id", _identifier(done, "")
    for moment in ("performedDateTime", "occurrenceDateTime"):
        yield "performed_at", _text(done.get(moment))
    for period in ("performedPeriod", "occurrencePeriod"):
        yield "performed_at", _text(_dict(done.get(period)).get("start"))
    status = _text(done.get("status"))
    yield "status", _STATUS.get(status, status)
    yield "kind", _kind(_dict(done.get("code")))
    sites = " ".join(_words(site) for site in _dicts(done.get("bodySite")))
    yield "levels", ";".join(re.findall(r"\b[CTLS]\d{1,2}(?:\s?[-/]\s?[CTLS]?\d{1,2})?\b", sites))
    yield "side", _side(sites)
    performer = next(iter(_dicts(done.get("performer"))), {})
    yield "provider", _text(_dict(performer.get("actor")).get("display"))
    yield "baseline_score", _baseline(done, scores)
    for resource in (patient, done):
        for extension in _dicts(resource.get("extension")):
            url = _text(extension.get("url"))
            column = "timezone" if url == _ZONE else url.removeprefix(OURS)
            if column in known and (url == _ZONE or url.startswith(OURS)):
                yield column, next((_value(v) for k, v in extension.items() if k.startswith("value")), "")
    if _is_dead(patient):
        yield "status", "cancelled"  # whatever was planned is taken back: a text would reach the family


def _is_dead(patient: Resource) -> bool:
    return patient.get("deceasedBoolean") is True or bool(_text(patient.get("deceasedDateTime")))


def _names(entry: Resource) -> Iterator[tuple[str, Resource]]:
    """What other resources may call this one: its address, and kind and id."""
    resource = _dict(entry.get("resource"))
    yield _text(entry.get("fullUrl")), resource
    yield f"{_text(resource.get('resourceType'))}/{_text(resource.get('id'))}", resource


def _reference(reference: Any) -> str:
    return _text(_dict(reference).get("reference")).split("/_history/")[0]


def _identifier(resource: Resource, kind: str) -> str:
    """Ours, else the one marked as chart number, else the only or official one, else the id."""
    given = [i for i in _dicts(resource.get("identifier")) if i.get("use") != "old" and _text(i.get("value"))]
    ours = [i for i in given if _text(i.get("system")).startswith(OURS)]
    marked = [i for i in given if kind and kind in _codes(_dict(i.get("type")))]
    official = [i for i in given if i.get("use") == "official"]
    found = ours or marked or (official if len(given) > 1 else given) or given
    values = list(dict.fromkeys(_text(i.get("value")) for i in found))
    if len(values) > 1:
        raise UnreadableError("has several identifiers", "mark the one to use as official")
    return values[0] if values else _text(resource.get("id"))


def _phone(patient: Resource) -> str:
    """A mobile before any other, the first of each; never a number at work or a former one."""
    numbers = [
        t
        for t in _dicts(patient.get("telecom"))
        if t.get("system") in ("phone", "sms") and t.get("use") not in _NOT_THEIRS
    ]
    numbers.sort(key=lambda t: t.get("use") != "mobile" and t.get("system") != "sms")
    return _text(numbers[0].get("value")) if numbers else ""


def _language(patient: Resource) -> str:
    spoken = _dicts(patient.get("communication"))
    spoken.sort(key=lambda c: c.get("preferred") is not True)
    said = _dict(spoken[0].get("language")) if spoken else {}
    return (next(iter(_codes(said)), "") or _text(said.get("text"))).split("-")[0]


def _kind(code: Resource) -> str:
    """'facet', 'mbb', or whatever it is called instead, which the roster then refuses by that name."""
    said = _words(code)
    if re.search(r"medial branch|\bmbb\b", said, re.IGNORECASE):
        return "mbb"
    if re.search(r"facet|zygapophys", said, re.IGNORECASE):
        return "facet"
    numbers = [int(c) for c in _codes(code) if c.isdecimal()]
    return "facet" if any(n in _FACET_CPT for n in numbers) else said or " ".join(_codes(code))


def _side(sites: str) -> str:
    found = {word.lower() for word in re.findall(r"\b(left|right|both|bilateral)\b", sites, re.IGNORECASE)}
    return found.pop() if len(found) == 1 else "both" if found else ""


def _scores(entries: list[Resource], named: Mapping[str, Resource]) -> dict[int, list[Resource]]:
    """The pain scores that are part of each procedure, by its identity."""
    found: dict[int, list[Resource]] = {}
    for seen in (_dict(entry.get("resource")) for entry in entries):
        if seen.get("resourceType") == "Observation" and _PAIN in _codes(_dict(seen.get("code"))):
            for part in _dicts(seen.get("partOf")):
                found.setdefault(id(named.get(_reference(part))), []).append(seen)
    return found


def _baseline(done: Resource, scores: list[Resource]) -> str:
    """The score from before: called so, or taken no later than the procedure began. Two that differ are given
    together, which no reader takes for a score."""
    found = {
        _text(_dict(seen.get("valueQuantity")).get("value")) or _text(seen.get("valueInteger"))
        for seen in scores
        if "baseline" in (codes := _codes(_dict(seen.get("code"))))
        or (len(codes) == 1 and _is_before(seen, done))
    } - {""}
    return " and ".join(sorted(found))


def _is_before(seen: Resource, done: Resource) -> bool:
    began = _text(done.get("performedDateTime")) or _text(_dict(done.get("performedPeriod")).get("start"))
    try:
        moments = [datetime.fromisoformat(text) for text in (_text(seen.get("effectiveDateTime")), began)]
        return moments[0] <= moments[1]
    except (ValueError, TypeError):  # no time, or one with a zone and one without
        return False


def _words(concept: Resource) -> str:
    """What a coded thing is called: its text, else the words beside its codes."""
    shown = (_text(coding.get("display")) for coding in _dicts(concept.get("coding")))
    return _text(concept.get("text")) or " ".join(filter(None, shown))


def _codes(concept: Resource) -> list[str]:
    return [code for coding in _dicts(concept.get("coding")) if (code := _text(coding.get("code")))]


def _value(value: Any) -> str:
    """An extension's value as a cell."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else _text(value)


def _dict(value: Any) -> Resource:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Resource]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _strings(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
