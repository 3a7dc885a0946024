"""The page as Chromium prints it: a day of 25 patients is one sheet, whatever kind of day it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlmodel import Session, select

from followup.checkin.tasks import open_task
from followup.digest.build import build
from followup.digest.model import Digest
from followup.digest.render_html import render_html
from followup.digest.render_outcomes import outcomes_sheet, render_outcomes_html
from followup.store import Store, open_store
from followup.store.models import CheckIn, Clinic, Outbound
from followup.tongue import speaking
from tests.needs import missing

from .clinic_day import DAY, NOW, PARTIAL, TEN, add_alert, add_case, add_clinic, answers
from .earlier_weeks import add_earlier_weeks
from .full_day import add_full_day
from .test_in_spanish import SPANISH

pytestmark = pytest.mark.browser
LONG = "It was really great until dinner and then when I got up from the couch it came back, so 7 now I think"


def mixed(session: Session) -> Clinic:
    return add_full_day(session)


def all_silent(session: Session) -> Clinic:
    """Everybody to be phoned, each with four tries behind them and a task."""
    clinic = add_clinic(session)
    for number in range(1, 26):
        case = add_case(session, clinic, number, "Bartholomew Featherstone", outcome="no_answer", at=NOW)
        check_in = session.get_one(CheckIn, case.check_in_id)
        first = session.exec(select(Outbound).where(Outbound.check_in_id == check_in.id)).one()
        for step, channel in (("reminder", "text"), ("call", "call"), ("second_call", "call")):
            session.add(
                Outbound(
                    **first.model_dump(exclude={"id", "dedupe", "step", "channel"}),
                    dedupe=f"{number}:{step}",
                    step=step,
                    channel=channel,
                )
            )
        reason = "Two replies to one question could not be read. Please phone and ask."
        open_task(
            session, dedupe=f"unclear:{number}", kind="unclear", reason=reason, check_in=check_in, now=TEN
        )
    return clinic


def all_urgent(session: Session) -> Clinic:
    clinic = add_clinic(session)
    for number in range(1, 26):
        case = add_case(session, clinic, number, "Bartholomew Featherstone", said=PARTIAL, words="6")
        add_alert(session, clinic, case, said=LONG * 3, at=TEN + timedelta(minutes=number))
    return clinic


def all_review(session: Session) -> Clinic:
    clinic = add_clinic(session)
    for number in range(1, 26):
        add_case(
            session, clinic, number, "Bartholomew Featherstone", said=PARTIAL, words=LONG * 5, language="es"
        )
    return clinic


def cautioned(session: Session) -> Clinic:
    """Everybody a candidate, each with cautions, a task and a sentence of their own."""
    clinic = add_clinic(session)
    for number in range(1, 26):
        add_case(
            session, clinic, number, "Bartholomew Featherstone", said=answers(1, 5, 6, "yes", when="after"),
            words=LONG, sedation=True, intent="", provider="Dr Featherstonehaugh",
        )  # fmt: skip
    return clinic


def a_day(fill: Callable[[Session], Clinic], request: pytest.FixtureRequest, folder: Path) -> Digest:
    shutil.copy(request.getfixturevalue("_migrated_file"), folder / "followup.db")
    store: Store = open_store(f"sqlite:///{folder}/followup.db")
    with store.write() as session:
        clinic_id = fill(session).id
    with store.read() as session:
        made = build(session, session.get_one(Clinic, clinic_id), DAY, NOW)
    store.close()
    return made


@pytest.mark.parametrize(
    "fill", [mixed, all_silent, all_urgent, all_review, cautioned], ids=lambda fill: fill.__name__
)
def test_a_day_of_25_patients_is_one_sheet(
    fill: Callable[[Session], Clinic], chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    made = a_day(fill, request, tmp_path)
    assert len(made.entries) == 25
    html = render_html(made, standalone=True)
    assert [sheets(pdf(chromium, html, paper)) for paper in ("Letter", "A4")] == [1, 1]


def test_smaller_days_are_one_sheet_at_larger_letters_with_nothing_cut(
    chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    whole = a_day(mixed, request, tmp_path)
    sizes = []
    for count in (6, 10, 14, 17, 21):
        step = len(whole.entries) / count
        kept = tuple(whole.entries[int(n * step)] for n in range(count))
        html = render_html(replace(whole, entries=kept), standalone=True)
        assert sheets(pdf(chromium, html, "Letter")) == 1, count
        sizes.append(html.split('class="digest ')[1].split('"')[0])
    assert sizes == ["roomy", "roomy", "crowded", "packed", "packed"]


def test_rows_are_never_split_between_sheets_and_no_case_is_lost(
    chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Eighty cases: on each sheet, a patient's name stands with that patient's own last words."""
    if shutil.which("pdftotext") is None:
        missing("browser", "there is no pdftotext (poppler-utils) on this machine")

    def many(session: Session) -> Clinic:
        clinic = add_clinic(session)
        for number in range(1, 81):
            add_case(session, clinic, number, f"N{number}x Longname", said=PARTIAL, words=f"6 as W{number}x")
        return clinic

    made = a_day(many, request, tmp_path)
    (tmp_path / "many.pdf").write_bytes(pdf(chromium, render_html(made, standalone=True), "Letter"))
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "many.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for sheet in text.split("\f"):
        names, said = (set(re.findall(rf"{mark}(\d+)x", sheet)) for mark in "NW")
        assert names == said
        found |= dict.fromkeys(names)
    assert len(found) == 80


def test_without_colour_every_mark_is_told_by_its_shape(
    chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """On paper there is one ink: nothing on the sheet may depend on another."""
    page = chromium.new_page(viewport={"width": 720, "height": 1000})
    page.emulate_media(media="print")
    page.set_content(render_html(a_day(mixed, request, tmp_path), standalone=True))
    inks = page.evaluate(
        """() => [...new Set([...document.querySelectorAll("article *")].flatMap(e => {
            const s = getComputedStyle(e); return [s.color, s.fill, s.stroke, s.backgroundColor]; }))]"""
    )
    page.close()
    channels = [tuple(map(int, re.findall(r"\d+", ink)[:3])) for ink in inks if ink.startswith("rgb")]
    assert channels
    assert all(max(ink) == min(ink) for ink in channels), inks


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_page_is_never_wider_than_the_screen(
    width: int, chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.set_content(render_html(a_day(all_review, request, tmp_path), standalone=True))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("signs", [True, False], ids=["provider", "front desk"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_row_reaches_the_edge_whoever_reads_the_page(
    signs: bool, width: int, chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A column that is left out for some must not leave a gap behind."""
    page = chromium.new_page(viewport={"width": width, "height": 800})
    made = a_day(mixed, request, tmp_path)
    page.set_content(render_html(made, standalone=True, patient_url="/patients/{}".format, signs=signs))
    gaps = page.evaluate(
        """() => [...document.querySelectorAll(".digest table")].flatMap(table => {
            const edge = table.getBoundingClientRect().right;
            return [...table.querySelectorAll("tbody tr")].map(row =>
                edge - Math.max(...[...row.children].map(cell => cell.getBoundingClientRect().right))); })"""
    )
    shown = page.get_by_role("link", name="Sign: Hugo Brandt").is_visible()
    page.close()
    assert gaps
    assert max(gaps) <= 2  # the frame around what is urgent
    assert shown == signs


def pdf(chromium: Browser, html: str, paper: str) -> bytes:
    page = chromium.new_page()
    page.set_content(html.replace("@page {", f"@page {{ size: {paper};"))
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    return printed


def sheets(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def test_on_paper_no_table_of_the_outcomes_is_wider_than_the_sheet(store: Store, chromium: Browser) -> None:
    """Nobody can scroll paper: what does not fit is cut off, and Spanish headings are longer."""
    with store.write() as session, speaking("es", SPANISH):
        clinic = add_clinic(session)
        add_earlier_weeks(session, clinic)
        sheet = outcomes_sheet(session, clinic, DAY - timedelta(days=1), NOW, count=12)
        html = render_outcomes_html(sheet, standalone=True)
    page = chromium.new_page(viewport={"width": 720, "height": 1000})
    page.emulate_media(media="print")
    page.set_content(html)
    edges = "nodes => nodes.map(node => Math.round(node.getBoundingClientRect().right))"
    tables = page.eval_on_selector_all("article table", edges)
    (sheets_edge,) = page.eval_on_selector_all("article", edges)
    page.close()
    assert len(tables) == 4
    assert max(tables) <= sheets_edge
