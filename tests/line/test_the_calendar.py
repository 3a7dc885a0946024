"""Days on which clocks lie: played by `followup tick --now`, watched by the carrier's own log."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from followup.cli import followup
from followup.intake.clinics import set_clinic
from followup.store import Store
from followup.store.models import CheckIn, Outbound, Proposal
from tests.clinic_day import ACCOUNT, CLINIC, HEADER, TOKEN, ZONE, ClinicDay

HAWAII = ZoneInfo("Pacific/Honolulu")


class ByCommand(ClinicDay):
    """A clinic day whose every round is the command's."""

    def tick(self, owner: str = "") -> None:
        done = CliRunner().invoke(
            followup,
            ["tick", "--now", self.clock().isoformat()],
            env={
                "DATABASE_URL": self.store.engine.url.render_as_string(hide_password=False),
                "PUBLIC_URL": self.settings.public_url,
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": TOKEN,
                "TWILIO_API_URL": self.settings.twilio_api_url,
                "FOLLOWUP_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
            },
        )
        assert done.exit_code == 0, done.output

    def injected(self, when: str, number: int = 1, zone: str = "") -> str:
        phone = f"+120255502{number:02d}"
        line = f"p{number},Ann,Example,{phone},proc{number},{when},8,bupivacaine,en,{zone}"
        assert not self.roster(line, header=f"{HEADER},timezone").refused
        return phone

    def until(self, local: str) -> None:
        self.run_until(datetime.fromisoformat(local).replace(tzinfo=ZONE))

    def texted(self, phone: str) -> list[datetime]:
        return [fact.at for fact in self.carrier.log.of("create") if fact["to"] == phone]


@pytest.fixture
def day(store: Store) -> Iterator[ByCommand]:
    clinic_day = ByCommand(store)
    yield clinic_day
    clinic_day.close()


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_on_the_sunday_clocks_go_forward_ten_oclock_is_an_hour_earlier(day: ByCommand) -> None:
    saturday, sunday = day.injected("2027-03-12 12:00", 1), day.injected("2027-03-13 12:00", 2)
    day.until("2027-03-14 20:00")
    assert day.texted(saturday) == [utc("2027-03-13 15:00"), utc("2027-03-13 18:00")]
    assert day.texted(sunday) == [utc("2027-03-14 14:00"), utc("2027-03-14 17:00")]


def test_on_the_sunday_clocks_go_back_everybody_is_asked_once(day: ByCommand) -> None:
    saturday, sunday = day.injected("2026-10-30 12:00", 1), day.injected("2026-10-31 12:00", 2)
    day.until("2026-11-01 20:00")
    assert day.texted(saturday) == [utc("2026-10-31 14:00"), utc("2026-10-31 17:00")]
    assert day.texted(sunday) == [utc("2026-11-01 15:00"), utc("2026-11-01 18:00")]


def test_nobody_is_asked_on_new_years_day_and_everybody_after_it(day: ByCommand) -> None:
    phone = day.injected("2026-12-31 12:00")
    day.until("2027-01-02 08:59")
    assert day.texted(phone) == []
    assert str(day.rows(CheckIn)[0].due_on) == "2027-01-01"
    day.until("2027-01-02 20:00")
    assert day.texted(phone) == [utc("2027-01-02 14:00"), utc("2027-01-02 17:00")]


def test_the_last_day_of_february_and_the_day_after_it(day: ByCommand) -> None:
    first, second = day.injected("2028-02-28 12:00", 1), day.injected("2028-02-29 12:00", 2)
    day.until("2028-03-01 12:00")
    assert [str(row.due_on) for row in day.rows(CheckIn)] == ["2028-02-29", "2028-03-01"]
    assert (day.texted(first)[0], day.texted(second)[0]) == (utc("2028-02-29 15:00"), utc("2028-03-01 15:00"))


def test_after_an_outage_from_saturday_to_monday_what_is_useful_is_sent_and_the_rest_is_shown(
    day: ByCommand,
) -> None:
    with day.store.write() as session:
        set_clinic(session, CLINIC + "[hours]\nuseful_hours = 48\n", day.clock())
    friday, saturday = day.injected("2026-06-05 12:00", 1), day.injected("2026-06-06 12:00", 2)
    day.until("2026-06-06 09:30")
    day.clock.set(utc("2026-06-08 15:00"))  # nothing ran until Monday, 11:00
    day.tick()
    day.until("2026-06-08 20:00")
    assert day.texted(friday) == []
    assert day.texted(saturday) == [utc("2026-06-08 15:00"), utc("2026-06-08 18:00")]
    first = day.rows(CheckIn)[0]
    assert (first.state, first.outcome) == ("closed", "missed")
    shown = day.rows(Proposal, Proposal.procedure_id == 1)[0]
    assert (shown.disposition, shown.reason) == ("unreachable_call", "no_answer")
    assert "missed" in shown.flags.split(",")


def test_an_outage_that_ends_at_night_wakes_nobody(day: ByCommand) -> None:
    phone = day.injected("2026-06-05 12:00")
    day.until("2026-06-06 09:30")
    day.clock.set(utc("2026-06-07 03:00"))  # 23:00 on Saturday
    day.tick()
    day.until("2026-06-07 09:30")
    assert day.texted(phone) == [utc("2026-06-07 13:00")]


def test_a_patient_in_hawaii_of_a_clinic_in_new_york_is_asked_in_the_islands_hours(day: ByCommand) -> None:
    phone = day.injected("2026-06-08 12:00", zone="Pacific/Honolulu")
    day.until("2026-06-10 12:00")
    asked = [moment.astimezone(HAWAII) for moment in day.texted(phone)]
    assert [f"{moment:%d %H:%M}" for moment in asked] == ["09 09:00", "09 12:00"]
    made = [fact for fact in day.carrier.log.of("create") if fact["to"] == phone]
    assert [fact["validity"] for fact in made] == [10 * 3600, 7 * 3600], "to the end of the islands' day"
    assert day.rows(Outbound, Outbound.step == "first")[0].state == "sent"


def test_the_same_moment_ticked_three_times_sends_once(day: ByCommand) -> None:
    phone = day.injected("2026-06-08 12:00")
    day.until("2026-06-09 10:00")
    for _ in range(3):
        day.tick()
    assert len(day.texted(phone)) == 1
