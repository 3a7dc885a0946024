"""The digest and its sheets for a reader of Spanish: the same numbers, and not a sentence left in English."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from babel.support import Translations
from sqlmodel import Session, select

import followup.console
from followup.assessment import Inputs, Thresholds, decide, explain
from followup.digest.build import build
from followup.digest.charts import said
from followup.digest.model import Digest
from followup.digest.note import chart_note
from followup.digest.render_html import render_html
from followup.digest.render_json import render_json
from followup.digest.render_outcomes import outcomes_sheet, render_outcomes_html
from followup.digest.render_series import render_series_html
from followup.digest.series import series_sheet
from followup.store import Store
from followup.store.models import Clinic, Patient, Proposal
from followup.tongue import speaking

from .clinic_day import DAY, NOW
from .earlier_weeks import add_series
from .full_day import add_full_day
from .golden import FOLDER

CATALOGUE = Path(followup.console.__file__).parent / "translations"
SPANISH = Translations.load(str(CATALOGUE), ["es"])
# English that no Spanish sentence holds.
ENGLISH = re.compile(
    r"\b(the|of|and|to|with|was|not|is|are|relief|lowest|before|hours|rule|bar|score|caution|would|block|"
    r"answered|asked|procedures?|weeks?|days|since|text|reminder|call|none|made)\b",
    re.IGNORECASE,
)
# What people wrote or are called, and the roster's own sentence, which names its columns.
THEIRS = re.compile(r"line 7: performed_at .*? 14:30\.|Harbor Spine Clinic|facet-v1")


class _Words(HTMLParser):
    """What is read on a page or aloud, without what patients wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quoted = tag == "q"
        self.found += [value for name, value in attrs if value and name in ("aria-label", "alt", "data-name")]

    def handle_endtag(self, tag: str) -> None:
        self._quoted = False

    def handle_data(self, data: str) -> None:
        if not self._quoted:
            self.found.append(data)


def english_in(html: str) -> list[str]:
    parser = _Words()
    parser.feed(html)
    spoken = [" ".join(THEIRS.sub("", text).split()) for text in parser.found]
    return [text for text in spoken if ENGLISH.search(text)]


@pytest.fixture
def in_spanish(store: Store) -> Iterator[Callable[[], Digest]]:
    with store.write() as session:
        add_full_day(session)

    def made() -> Digest:
        with store.read() as session:
            return build(session, clinic_of(session), DAY, NOW)

    with speaking("es", SPANISH):
        yield made


def clinic_of(session: Session) -> Clinic:
    return session.exec(select(Clinic)).one()


def test_the_page_is_spanish_throughout(in_spanish: Callable[[], Digest]) -> None:
    html = str(render_html(in_spanish(), standalone=True))
    assert '<html lang="es">' in html
    assert '<article lang="es"' in html
    assert english_in(html.split("</style>")[1]) == []
    for sentence in (
        "mar 10 mar, procedimientos del lun 9 mar",
        "Alivio menor que el umbral del 80 %, pero no menor del 50 %.",
        "El alivio llega al umbral; no antes del lun 23 mar.",
        "No se sabe el dolor menor de las primeras 8 h.",
        "con 50 % esto sería: candidato a bloqueo confirmatorio",
    ):
        assert sentence in html.replace("\N{NO-BREAK SPACE}", " ")


def test_the_sheets_are_spanish_throughout(store: Store, in_spanish: Callable[[], Digest]) -> None:
    with store.write() as session:
        last = add_series(session, clinic_of(session), 1, 1.5)
        series = series_sheet(session, clinic_of(session), session.get_one(Patient, last.patient_id), NOW)
        outcomes = outcomes_sheet(session, clinic_of(session), DAY - timedelta(days=1), NOW, count=5)
    assert english_in(str(render_series_html(series, standalone=False))) == []
    page = render_outcomes_html(outcomes, standalone=False, picture_url="/{name}.svg".format)
    assert english_in(str(page)) == []
    assert "Staff" not in str(page)
    assert said("weeks", outcomes.found).startswith("Contestados por semana, ")


def test_note_json_and_what_is_stored_stay_as_they_were(
    store: Store, in_spanish: Callable[[], Digest]
) -> None:
    def stored() -> list[tuple[str, str, str]]:
        with store.read() as session:
            return [(p.reason, p.flags, p.inputs) for p in session.exec(select(Proposal)).all()]

    before = stored()
    spanish = in_spanish()
    noted = [e for e in spanish.entries if e.reference in ("P-1", "P-3", "P-10", "P-12", "P-24")]
    notes = "\n".join(chart_note(entry, spanish.zone) for entry in noted)
    assert notes.encode() == (FOLDER / "notes.txt").read_bytes()
    with speaking("en", NullTranslations()):
        text = json.dumps(render_json(in_spanish()), ensure_ascii=False, indent=1)
    assert text.splitlines() == (FOLDER / "digest.json").read_text("utf-8").splitlines()
    assert stored() == before


def test_the_explanation_says_the_same_numbers() -> None:
    given = Inputs.parse(
        {"baseline": 8, "best": 3, "hours": 5, "now": 6, "medicine": "none", "activity": True}
    )
    made = decide(given, Thresholds())
    with speaking("es", SPANISH):
        spanish = explain(made, given)
    assert spanish == (
        "Para revisión del médico: alivio menor que el umbral del 80 %, pero no menor del 50 %. Antes 8. "
        "Menor 3, alivio 62.5 % durante 5 h. Ahora 6, alivio 25 %. Atención: la intención no está en la "
        "lista, se toma la habitual de la clínica. Regla 10 de facet-v1, umbral de esta clínica 80 %."
    )
    numbers = re.compile(r"\d+(?:\.\d+)?")
    assert numbers.findall(spanish) == numbers.findall(explain(made, given))


def test_every_translation_has_the_places_of_its_sentence() -> None:
    with (CATALOGUE / "es" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    places = re.compile(r"\{\w+\}")
    for message in catalogue:
        if message.id:
            ours = message.id if isinstance(message.id, str) else message.id[1]
            for theirs in [message.string] if isinstance(message.string, str) else message.string:
                assert sorted(places.findall(theirs)) == sorted(places.findall(ours)), ours
