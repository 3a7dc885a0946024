"""A clinic's commands as an operator types them: what they print, where, and with which exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner

from followup.cli import followup

from .house import CLINIC, House, one_sentence, sqlite_only

HEADER = "patient_id,given_name,phone,procedure_id,performed_at,baseline_score"
GOOD = "p1,Ann,+12025550141,proc1,2026-03-09 14:30,7"
BAD = "p2,Bea,12,proc2,2026-03-09 15:00,7"
MORNING = "2026-03-10T15:00:00Z"


def roster(house: House, *lines: str) -> str:
    (house.folder / "roster.csv").write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return "roster.csv"


def a_clinic(house: House) -> None:
    text = CLINIC.format(zone="America/New_York", digest="07:30")
    (house.folder / "clinic.toml").write_text(text, encoding="utf-8")
    done = house.followup("clinic", "set", "clinic.toml", "--now", "2026-03-09T12:00:00Z")
    assert (done.returncode, done.stdout) == (0, "Clinic harbor created.\n"), done.stderr


@sqlite_only
def test_a_roster_goes_in_once_a_bad_row_is_refused_with_its_line_and_exit_1(house: House) -> None:
    a_clinic(house)
    now = ("--now", "2026-03-09T21:00:00Z")
    tried = house.followup("import", roster(house, GOOD), "--dry-run", *now)
    assert (tried.returncode, "Nothing was stored (dry run)." in tried.stdout) == (0, True)
    first = house.followup("import", "roster.csv", *now)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.endswith("1 lines: 1 new, 0 changed, 0 unchanged, 0 refused.\n")
    again = house.followup("import", "roster.csv", *now)
    assert "0 new, 0 changed, 1 unchanged, 0 refused" in again.stdout
    mixed = house.followup("import", roster(house, GOOD, BAD), *now)
    assert mixed.returncode == 1
    assert "line 3" in mixed.stderr.lower()
    assert "1 unchanged, 1 refused" in mixed.stdout


@sqlite_only
def test_what_cannot_be_a_roster_or_a_clinic_is_one_sentence_and_exit_2(house: House) -> None:
    nobody = house.followup("import", roster(house, GOOD))
    assert (nobody.returncode, nobody.stdout, one_sentence(nobody.stderr)) == (2, "", True)
    assert "clinic set" in nobody.stderr
    a_clinic(house)
    (house.folder / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (house.folder / "clinic.toml").write_text("[clinic]\ncode = 7\n", encoding="utf-8")
    for words in (
        ("import", str(house.folder / "photo.csv")),
        ("clinic", "set", str(house.folder / "clinic.toml")),
        ("digest", "--date", "2026-03-10", "--clinic", "nowhere"),
        ("reconcile", "--date", "2026-03-10", "--clinic", "nowhere"),
    ):
        done = CliRunner().invoke(followup, [*words], env=house.env)  # within this process: it is quicker
        assert (done.exit_code, done.stdout, done.stderr.count("Traceback")) == (2, "", 0), words


def test_digest_and_reconcile_add_up_and_name_what_is_missing(house: House) -> None:
    a_clinic(house)
    house.followup("import", roster(house, GOOD), "--now", "2026-03-09T21:00:00Z")
    at = ("--date", "2026-03-10", "--now", MORNING)
    made = house.followup("digest", *at, "--format", "json")
    assert made.returncode == 0, made.stderr
    digest = json.loads(made.stdout)
    assert (digest["clinic"], digest["procedures"], digest["reconciled"]) == ("harbor", 1, True)
    assert [e["procedure_id"] for bucket in digest["buckets"].values() for e in bucket] == ["proc1"]
    counted = house.followup("reconcile", *at)
    assert (counted.returncode, counted.stderr) == (0, "")
    assert counted.stdout.endswith("It adds up.\n")


@sqlite_only
def test_a_digest_sent_by_hand_leaves_with_the_next_tick(house: House) -> None:
    house.carrier()
    a_clinic(house)
    sent = house.followup("digest", "--date", "2026-03-10", "--now", "2026-03-10T09:00:00Z", "--send")
    assert sent.returncode == 0, sent.stderr
    assert house.followup("tick", "--now", "2026-03-10T09:01:00Z").returncode == 0
    assert len(list((house.folder / "mail").iterdir())) == 1


@sqlite_only
def test_the_kill_switch_stops_what_is_unprompted_until_it_is_lifted(house: House) -> None:
    house.carrier()
    phones = house.set_up(2)
    assert house.followup("pause").stdout == "Paused: harbor.\n"
    assert house.followup("tick").returncode == 0
    assert house.first_texts() == []
    assert house.followup("resume").stdout == "Resumed: harbor.\n"
    later = datetime.now(UTC) + timedelta(minutes=11)
    assert house.followup("tick", "--now", later.isoformat()).returncode == 0
    assert sorted(house.first_texts()) == sorted(phones)
