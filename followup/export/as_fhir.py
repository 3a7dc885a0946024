"""A FHIR R4 bundle: procedures, questions and answers, the three scores, contacts, proposals, decisions.

Patients are a chart id and nothing else: the receiving system has its own. Identifiers are made from ours, so
that the same case has the same one each time. Numbers of CPT codes without their licensed words.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from followup.export.cases import Case
from followup.store.models import Answer

_SCORE = {"system": "http://loinc.org", "code": "72514-3"}  # pain severity, 0-10 verbal numeric rating
_CPT = "http://www.ama-assn.org/go/cpt"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_UCUM = {"unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}
_STATUS = {"performed": "completed", "planned": "preparation", "cancelled": "not-done"}
_KINDS = {"facet": "facet joint injection", "mbb": "medial branch block"}
_PRIORITY = {"urgent_call": "stat", "unreachable_call": "urgent", "provider_review": "urgent"}

Resource = dict[str, Any]


def as_fhir(cases: Iterable[Case], made_at: datetime) -> Iterator[str]:
    """The bundle, of type `collection`, as JSON in pieces: years of it would not fit into memory.

    What the carrier was given is a Communication without its words.
    """
    about = {"resourceType": "Bundle", "type": "collection", "timestamp": made_at.isoformat()}
    yield json.dumps(about)[:-1] + ', "entry": ['
    between = "\n"
    for entry in _entries(cases):
        yield between + json.dumps(entry, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _entries(cases: Iterable[Case]) -> Iterator[Resource]:
    seen: set[str] = set()
    for case in cases:
        for resource in _resources(case):
            name = _name(case, resource["resourceType"], resource["id"])
            if name not in seen:  # a patient, or a conversation that two procedures share
                seen.add(name)
                yield {"fullUrl": name, "resource": resource}


def _resources(case: Case) -> Iterator[Resource]:
    yield {
        "resourceType": "Patient",
        "id": str(case.patient.id),
        "identifier": [_identifier(case, "patient", case.patient.chart)],
    }
    yield _procedure(case)
    yield _score(case, "baseline", case.procedure.baseline, case.procedure.performed_at)
    if case.entry is None or case.check_in is None:
        return
    if case.answers:
        yield _response(case)
    yield _score(case, "window-best", case.entry.best, None)
    yield _score(case, "next-day", case.entry.now, case.entry.answered_at or case.check_in.due_at)
    for alert in case.alerts:
        yield {
            **_about(case, "Observation", f"warning-{alert.id}"),
            "status": "final",
            "code": {"text": "Warning sign in a reply"},
            "effectiveDateTime": alert.opened_at.isoformat(),
            "valueString": alert.kind,
        }
    for row in case.sent:
        yield {
            **_about(case, "Communication", str(row.id)),
            "status": "completed",
            "medium": [{"text": "call" if row.channel == "call" else "text message"}],
            "sent": (row.sent_at or row.due_at).isoformat(),
        }
    if case.entry.disposition:
        yield _task(case)
    if case.entry.decision is not None:
        yield {
            **_about(case, "ServiceRequest", f"decision-{case.procedure.id}", part_of=False),
            "status": "active",
            "intent": "plan",
            "code": {"text": case.entry.decision.choice},
            "authoredOn": case.entry.decision.at.isoformat(),
        }


def _procedure(case: Case) -> Resource:
    done = case.procedure
    cervical = done.levels.upper().startswith(("C", "T"))
    where = " ".join(filter(None, (done.levels, done.side)))
    note = ", ".join(
        filter(None, (done.agent, "steroid" if done.steroid else "", "sedation" if done.sedation else ""))
    )
    return {
        "resourceType": "Procedure",
        "id": str(done.id),
        "identifier": [_identifier(case, "procedure", done.reference)],
        "status": _STATUS[done.status],
        "code": {
            "coding": [{"system": _CPT, "code": "64490" if cervical else "64493"}],
            "text": _KINDS[done.kind],
        },
        "subject": _to(case, "Patient", str(case.patient.id)),
        "performedDateTime": done.performed_at.isoformat(),
        **({"bodySite": [{"text": where}]} if where else {}),
        **({"note": [{"text": note}]} if note else {}),
    }


def _response(case: Case) -> Resource:
    assert case.check_in is not None
    closed = "completed" if case.check_in.outcome == "answered" else "stopped"
    return {
        **_about(case, "QuestionnaireResponse", str(case.check_in.id)),
        "status": "in-progress" if case.check_in.state != "closed" else closed,
        "authored": max(answer.at for answer in case.answers.values()).isoformat(),
        "item": [
            {"linkId": question, "answer": [_value(answer)]}
            for question, answer in sorted(case.answers.items())
        ],
    }


def _value(answer: Answer) -> Resource:
    if answer.number is not None:
        return {"valueDecimal": float(answer.number)}
    if answer.word in ("yes", "no"):
        return {"valueBoolean": answer.word == "yes"}
    return {"valueString": answer.word}


def _score(case: Case, which: str, score: Decimal | None, at: datetime | None) -> Resource:
    """One of the three; without a number it says why, since no observation at all would say nothing."""
    hours = float(case.entry.window_hours) if case.entry else 8.0
    start = case.procedure.performed_at
    end = start + timedelta(hours=hours)
    when: Resource = (
        {"effectiveDateTime": at.isoformat()}
        if at
        else {"effectivePeriod": {"start": start.isoformat(), "end": end.isoformat()}}
    )
    value: Resource = (
        {"valueQuantity": {"value": float(score), **_UCUM}}
        if score is not None
        else {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": _why_absent(case, which)}]}}
    )
    asked = which != "baseline" and bool(case.answers) and case.check_in is not None
    response = _to(case, "QuestionnaireResponse", str(case.procedure.check_in_id))
    return {
        **_about(case, "Observation", f"{which}-{case.procedure.id}"),
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "survey",
                    }
                ]
            }
        ],
        "code": {"coding": [_SCORE, {"system": "urn:followup:score", "code": which}]},
        **({"derivedFrom": [response]} if asked else {}),
        **when,
        **value,
    }


def _why_absent(case: Case, which: str) -> str:
    if which == "baseline" or case.check_in is None or case.check_in.first_asked_at is None:
        return "unknown"
    return "asked-unknown" if case.check_in.state == "closed" else "temp-unknown"


def _task(case: Case) -> Resource:
    """What the table proposes and a person has to do about it."""
    entry = case.entry
    assert entry is not None
    over = entry.bucket == "closed"
    return {
        "resourceType": "Task",
        "id": f"proposal-{case.procedure.id}",
        "status": "completed" if over else "requested",
        "intent": "proposal",
        "priority": _PRIORITY.get(entry.disposition, "routine"),
        "code": {"text": entry.disposition},
        "reasonCode": {"text": entry.reason},
        "focus": _to(case, "Procedure", str(case.procedure.id)),
        "for": _to(case, "Patient", str(case.patient.id)),
        **({"authoredOn": entry.proposed_at.isoformat()} if entry.proposed_at else {}),
    }


def _about(case: Case, kind: str, id: str, *, part_of: bool = True) -> Resource:
    about = _to(case, "Procedure", str(case.procedure.id))
    return {
        "resourceType": kind,
        "id": id,
        "subject": _to(case, "Patient", str(case.patient.id)),
        **({"partOf": [about]} if part_of else {"reasonReference": [about]}),
    }


def _identifier(case: Case, kind: str, value: str) -> Resource:
    return {"system": f"urn:followup:{case.clinic}:{kind}", "value": value}


def _to(case: Case, kind: str, id: str) -> Resource:
    return {"reference": _name(case, kind, id)}


def _name(case: Case, kind: str, id: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'followup:{case.clinic}:{kind}/{id}')}"
