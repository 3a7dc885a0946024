"""The console in Spanish: nothing untranslated, nothing out of date, and no English left bare in a page."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask_babel import Domain
from jinja2 import Environment

import followup.console
from tests.clinic_day import ClinicDay
from tests.console.test_guards import client, token
from tests.console.test_schedule_pages import HEADER, words

ROOT = Path(__file__).parents[2]
CONSOLE = Path(followup.console.__file__).parent
SPANISH = CONSOLE / "translations" / "es" / "LC_MESSAGES" / "messages.po"
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
# What is written the same in every language: the program's name, shapes of files, what a carrier hears.
AS_IT_IS = {"PDF", "CSV", "TEST", "Follow-up"}
READ_ALOUD = ("alt", "title", "placeholder", "aria-label", "data-key-name", "data-copied", "data-failed")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def test_every_string_of_the_console_is_in_the_catalogue(
    catalogue: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = tmp_path / "messages.pot"
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", "-F", "pyproject.toml", "-k", "_l", "-o", str(found), "."]
    )
    with found.open("rb") as file:
        wanted = {message.id for message in read_po(file) if message.id}
    here = {message.id for message in catalogue if message.id}
    assert sorted(map(str, wanted - here)) == [], "run `make translations` and translate what is new"
    assert sorted(map(str, here - wanted)) == [], "run `make translations`: these are no longer used"
    assert len(here) > 500


def test_every_string_is_translated_and_keeps_its_placeholders(catalogue: Catalog) -> None:
    empty = [
        message.id
        for message in catalogue
        if message.id and not all(message.string if isinstance(message.string, tuple) else [message.string])
    ]
    assert empty == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert [(message.id, errors) for message, errors in catalogue.check()] == []


def test_the_compiled_catalogue_is_the_written_one(catalogue: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert SPANISH.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make translations`"


class Bare(HTMLParser):
    """Collects what a reader or a screen reader would get that is written into the template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("input", "meta", "link", "img", "br", "source"):
            self._inside.append(tag)
        self.found += [
            value for name, value in attrs if name in READ_ALOUD and value and self._is_bare(value)
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"code", "kbd", "script", "style"} & set(self._inside) and self._is_bare(data):
            self.found.append(" ".join(data.split()))

    @staticmethod
    def _is_bare(text: str) -> bool:
        left = set(re.findall(r"[^\W\d_]{2,}", text)) - {"Follow", "up"}
        return bool(left - AS_IT_IS)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(CONSOLE).as_posix())
def test_no_template_has_bare_words(path: Path) -> None:
    parser = Bare()
    # What stands between braces is the program's: a space in its place keeps the tags around it whole.
    pieces = [text if kind == "data" else " " for _, kind, text in Environment().lex(path.read_text("utf-8"))]
    parser.feed("".join(pieces))
    # Where a column's or an action's own name is meant, it stands as an example in a placeholder.
    assert [text for text in parser.found if text not in ("patient.view", "patient")] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_are_in_the_language_of_the_browser_until_another_is_chosen(day: ClinicDay) -> None:
    day.roster("C1,Ana,Lopez,,P1,2026-03-09 09:30,,yes", header=HEADER)
    browser = client(day, "admin")
    spanish = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
    for url, said in {
        "/schedule/2026-03-09": "1 procedimiento · a 1 le falta algo",
        "/settings": "Pausar los envíos",
        "/settings/wording": "Primer mensaje, alrededor de la primera pregunta",
        "/audit": "Quién vio e hizo qué",
        "/health": "Última copia de seguridad ! nunca",
    }.items():
        page = browser.get(url, headers=spanish)
        assert '<html lang="es">' in page.get_data(as_text=True)
        assert said in words(page), url
    form = {"csrf_token": token(browser, "/settings"), "language": "en", "back": "/settings"}
    browser.post("/language", data=form)
    assert "Pause sending" in words(browser.get("/settings", headers=spanish))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_why_a_cell_is_refused_is_said_in_spanish_too(day: ClinicDay) -> None:
    browser = client(day, "frontdesk")
    form = {"csrf_token": token(browser, "/schedule/new"), "patient_id": "C1", "given_name": "Ana",
            "phone": "55", "performed_at": "2026-03-09T09:30"}  # fmt: skip
    answer = browser.post("/schedule/new", data=form, headers={"Accept-Language": "es"})
    assert "Le faltan o le sobran cifras; escríbalo como +1 202 555 0123" in words(answer)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_noticed_about_a_roster_is_said_in_spanish_with_what_it_is_about(day: ClinicDay) -> None:
    browser, spanish = client(day, "frontdesk"), {"Accept-Language": "es"}
    form_token = token(browser, "/schedule/import")

    def looked_at(*lines: str) -> str:
        file = (io.BytesIO("\n".join(lines).encode()), "roster.csv")
        form = {"csrf_token": form_token, "roster": file}
        return words(browser.post("/schedule/import", data=form, headers=spanish))

    head = "patient_id,given_name,procedure_id,performed_at"
    refused = looked_at("patient_id,given_name", "C1,Ana")
    assert "A la lista le falta procedure_id y performed_at" in refused
    noticed = looked_at(f"{head},phones", "C1,Ana,P1,2026-03-09 09:30,", "C1,Eva,P2,2026-03-09 10:30,")
    assert "La columna «phones» no es de las que conocemos y no se tuvo en cuenta: ¿es phone?" in noticed
    assert "Las líneas 2 y 3 son un mismo paciente con otro given_name; se tomó la línea 3." in noticed
    assert "one patient" not in noticed


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_why_a_new_number_is_refused_is_said_in_spanish_too(day: ClinicDay) -> None:
    day.patient()
    browser, spanish = client(day, "frontdesk"), {"Accept-Language": "es"}
    form = {"csrf_token": token(browser, "/patients/1"), "phone": "55", "language": "es", "channel": "text"}
    browser.post("/patients/1/contact", data=form, headers=spanish)
    assert "Teléfono: le faltan o le sobran cifras; escríbalo como +1 202 555 0123" in words(
        browser.get("/patients/1", headers=spanish)
    )


def test_what_the_core_says_is_in_the_readers_language_and_files_stay_english(quick: ClinicDay) -> None:
    quick.person(quick.patient(baseline=8), ["about 2 I think", "N", "4", "6", "N"])
    quick.at("12:00")
    browser = client(quick, "provider")
    spanish, english = {"Accept-Language": "es"}, {"Accept-Language": "en"}
    browser.get("/digest/2026-03-10", headers=english)  # what is kept of this answers nobody in Spanish
    for url, said, plain in (
        ("/digest/2026-03-10", "Alivio menor que el umbral del 80 %", "Relief under the bar of 80 %"),
        ("/digest/2026-03-10", "cambiaría con un dolor menor de 1.5", "a lowest of 1.5 would change it"),
        ("/patients/1", "Regla 10 de facet-v1, umbral de esta clínica 80 %.", "Rule 10 of facet-v1"),
        ("/cases/1/series", "Primer bloqueo: al menos 80 % de alivio", "First block: at least 80 % relief"),
        ("/outcomes?to=2026-03-10", "Contestados, semana a semana", "Answered, week by week"),
    ):
        there = words(browser.get(url, headers=spanish)).replace("\N{NO-BREAK SPACE}", " ")
        assert said in there, url
        assert plain not in there, url
        assert plain in words(browser.get(url, headers=english)).replace("\N{NO-BREAK SPACE}", " "), url
    assert "Lumbar facet injection 09 Mar 2026" in words(browser.get("/patients/1", headers=spanish))
    for file in ("/cases/1/series.csv", "/cases/1/series.txt"):
        first, second = (browser.get(file, headers=headers).data for headers in (spanish, english))
        assert first == second


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_with_a_setting_is_said_in_spanish_with_what_was_typed(day: ClinicDay) -> None:
    browser = client(day, "admin")
    spanish = {"Accept-Language": "es"}
    found = re.search(
        r'name="version" value="([^"]*)"', browser.get("/settings/clinic").get_data(as_text=True)
    )
    assert found
    form = {"csrf_token": token(browser, "/settings/clinic"), "version": found[1]}
    for section, typed, said in (
        ("clinic", {"clinic.timezone": "Mars"}, "'Mars' no es una zona horaria; escríbala como America/"),
        ("clinic", {"clinic.callback_number": "12"}, "'12' no es un número de teléfono"),
        ("thresholds", {"thresholds.repeat_percent": "200"},
         "escriba un número (por ciento) entre 50 y 100"),
    ):  # fmt: skip
        answer = browser.post(f"/settings/{section}", data={**form, **typed}, headers=spanish)
        assert answer.status_code == 422
        assert said in words(answer), section


def test_a_page_finds_its_readers_catalogue_once_and_the_next_reader_gets_their_own(
    day: ClinicDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    found = Domain.get_translations
    monkeypatch.setattr(Domain, "get_translations", lambda self: (asked.append(1), found(self))[1])
    browser = client(day, "frontdesk")
    for language, heading in (("es", "Buscar un paciente"), ("en", "Find a patient")):
        browser.post("/language", data={"language": language, "csrf_token": token(browser, "/account")})
        asked.clear()
        page = browser.get("/").get_data(as_text=True)
        assert heading in page
        assert len(asked) == 1, language
