"""The page as Chromium prints it: a day of 25 patients is one sheet, whatever kind of day it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from followup.checkin.tasks import open_task
from followup.digest.build import build
from followup.digest.render_html import render_html
from followup.store import Store, open_store
from followup.store.models import CheckIn, Clinic, Outbound
from tests.needs import missing

from .clinic_day import DAY, NOW, PARTIAL, TEN, add_alert, add_case, add_clinic
from .full_day import add_full_day

pytestmark = pytest.mark.browser
LONG = "It was really great until dinner and then when I got up from the couch it came back, so 7 now I think"


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        missing("browser", "there is no Chromium on this machine")
    return found


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


@pytest.mark.parametrize("paper", ["Letter", "A4"])
@pytest.mark.parametrize("fill", [mixed, all_silent, all_urgent, all_review], ids=lambda fill: fill.__name__)
def test_a_day_of_25_patients_is_one_sheet(
    fill: Callable[[Session], Clinic],
    paper: str,
    chromium: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    shutil.copy(request.getfixturevalue("_migrated_file"), tmp_path / "followup.db")
    store: Store = open_store(f"sqlite:///{tmp_path}/followup.db")
    with store.write() as session:
        clinic_id = fill(session).id
    with store.read() as session:
        made = build(session, session.get_one(Clinic, clinic_id), DAY, NOW)
    store.close()
    assert len(made.entries) == 25
    html = render_html(made, standalone=True).replace("@page {", f"@page {{ size: {paper};")
    assert pages(chromium, html, tmp_path) == 1


def pages(chromium: str, html: str, folder: Path) -> int:
    """How many sheets Chromium prints."""
    (folder / "page.html").write_text(html, encoding="utf-8")
    subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile", f"--print-to-pdf={folder}/page.pdf", f"file://{folder}/page.html",
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return len(re.findall(rb"/Type\s*/Page\b", (folder / "page.pdf").read_bytes()))
