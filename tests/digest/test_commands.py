"""`followup series`, `outcomes` and the PDFs, as somebody types them."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from followup.cli import followup
from followup.digest import pdf
from followup.store import Store
from followup.store.models import Outbound, RosterLine
from tests.conftest import KEY
from tests.needs import missing

from .clinic_day import DAY
from .earlier_weeks import add_series
from .full_day import add_full_day

Run = Callable[..., Result]
NOW_GIVEN = ("--now", "2026-03-10T20:30:00Z")


@pytest.fixture
def run(database_url: str, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    with store.write() as session:
        add_series(session, add_full_day(session), 1, 1.5)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FOLLOWUP_KEYS", base64.urlsafe_b64encode(KEY).decode())
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(followup, [*words, *NOW_GIVEN])


def test_a_series_is_printed_and_written_as_csv(run: Run, tmp_path: Path) -> None:
    printed = run("series", "--patient", "M-300")
    assert printed.exit_code == 0, printed.output
    assert "L4-5 L5-S1, left and right: CRITERIA MET" in printed.output
    assert run("series", "--patient", "M-300", "--format", "csv", "--out", "s.csv").exit_code == 0
    assert (tmp_path / "s.csv").read_bytes().count(b"\r\n") == 3


def test_an_unknown_patient_is_a_sentence(run: Run) -> None:
    done = run("series", "--patient", "nobody")
    assert (done.exit_code, done.output) == (
        2,
        "No patient 'nobody' at this clinic; --patient is the roster's patient_id.\n",
    )


def test_outcomes_are_printed(run: Run) -> None:
    done = run("outcomes", "--date", "2026-03-09", "--weeks", "5")
    assert done.exit_code == 0, done.output
    assert "35 % reached 80 % relief: 6 of 17 whose scores are known." in done.output


def test_reconcile_counts_the_week_and_fails_with_it(run: Run, store: Store) -> None:
    good = run("reconcile", "--date", "2026-03-10")
    assert good.exit_code == 0, good.output
    assert "week to 2026-03-10: 26 procedures = 26 in the buckets" in good.output
    with store.write() as session:
        line = RosterLine(
            clinic_id=1,
            roster_id=1,
            line=900,
            result="new",
            reference="P-77",
            performed_on=DAY.replace(day=6),
        )
        session.add(line)
    bad = run("reconcile", "--date", "2026-03-10")
    assert bad.exit_code == 1
    assert "this week: procedure P-77: in the roster of Fri 6 Mar, but not stored" in bad.output


def test_sending_by_hand_says_how_many_mails_and_they_wait_for_the_clock(run: Run, store: Store) -> None:
    done = run("digest", "--date", "2026-03-10", "--format", "json", "--send")
    assert done.exit_code == 0, done.output
    assert "2 e-mails will leave with the next tick of the clock." in done.stderr
    assert json.loads(done.stdout)["procedures"] == 26
    with store.read() as session:
        waiting = session.exec(select(Outbound.state).where(Outbound.channel == "email")).all()
    assert waiting == ["planned", "planned"]


def test_a_day_that_is_no_day_and_a_clinic_that_is_none_are_sentences(run: Run) -> None:
    for words in (("--date", "10.3.2026"), ("--date", "2026-03-10", "--clinic", "nowhere")):
        for command in ("digest", "reconcile"):
            done = run(command, *words)
            assert done.exit_code == 2, (command, words)
            assert "Traceback" not in done.output


def test_a_pdf_needs_a_file(run: Run) -> None:
    done = run("digest", "--date", "2026-03-10", "--format", "pdf")
    assert (done.exit_code, done.output) == (2, "A PDF needs a place: say where with --out FILE.\n")


def test_without_a_browser_a_pdf_says_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    done = run("digest", "--date", "2026-03-10", "--format", "pdf", "--out", "d.pdf")
    assert done.exit_code == 2
    assert done.output.startswith("A PDF needs Chromium, and there is none on this machine: install it")
    assert not Path("d.pdf").exists()


@pytest.mark.browser
def test_digest_series_and_outcomes_are_one_sheet_each_as_pdf(run: Run, tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        missing("browser", "there is no Chromium on this machine")
    for words in (
        ("digest", "--date", "2026-03-10"),
        ("series", "--patient", "M-300"),
        ("outcomes", "--date", "2026-03-09"),
    ):
        done = run(*words, "--format", "pdf", "--out", "page.pdf")
        assert done.exit_code == 0, done.output
        held = (tmp_path / "page.pdf").read_bytes()
        assert held.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", held)) == 1, words[0]
