"""The open demo: a sample clinic whose check-ins are due now, phones, and what to tell the visitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from followup.demo.on_call import NUMBER
from followup.simulator import Carrier
from followup.simulator.person import Person
from followup.simulator.scripts import Script

STAFF = (
    ("desk@harbor.example", "frontdesk"),
    ("provider@harbor.example", "provider"),
    ("admin@harbor.example", "admin"),
)
PASSWORD = "harbor-demo-only"  # noqa: S105 - printed on the screen, for invented patients on loopback
_ZONE = "America/New_York"  # of harbor.toml
YOURS = 4  # phones that lie on the table for the visitor
_HURRY = 40.0  # people of the demo answer in seconds instead of minutes


def harbor() -> str:
    """The clinic file of the demo, as a clinic would write it."""
    return (Path(__file__).parent / "harbor.toml").read_text(encoding="utf-8")


def sample_clinic(now: datetime) -> str:
    """The clinic file of the demo with hours around the clock and a check-in time that has just passed."""
    text = harbor()
    local = now.astimezone(ZoneInfo(_ZONE))
    changes = {
        'check_in_time = "10:00"': f'check_in_time = "{local:%H:%M}"',
        'window = ["09:00", "19:00"]': 'window = ["00:00", "23:59"]',
        "reminder = 180": "reminder = 5",
        "call = 360": "call = 9",
        "second_call = 480": "second_call = 10",
        "give_up = 510": "give_up = 12",
    }
    for old, new in changes.items():
        text = "\n".join(new if line == old else line for line in text.splitlines())
    return f"{text}\n[sign_in]\nsecond_factor = []\n"  # a visitor has a password and no phone


def yesterday(now: datetime) -> date:
    """The clinic's own yesterday: late in its evening UTC is a day ahead, and nobody would be due."""
    return now.astimezone(ZoneInfo(_ZONE)).date() - timedelta(days=1)


@dataclass
class Hurried:
    """A person of the cast who answers at the demo's pace."""

    person: Script

    @property
    def line(self) -> Any:
        return self.person.line

    def text_arrived(self, text: str, at: datetime) -> Sequence[tuple[float, str]]:
        return [(2 + delay / _HURRY, words) for delay, words in self.person.text_arrived(text, at)]

    def rings(self, at: datetime) -> Any:
        return self.person.rings(at)

    def hears(self, words: str, seconds: float, at: datetime) -> Sequence[tuple[float, str]]:
        return self.person.hears(words, seconds, at)


def seat(carrier: Carrier, people: Sequence[Person]) -> None:
    """Give each person a phone; the first few lie on the table for the visitor."""
    for place, person in enumerate(people):
        script = None if place < YOURS else Hurried(person)
        carrier.add_person(person.number, script, person.name)
    carrier.add_person(NUMBER, None, "Dr K, on call")


def welcome(web: str, phones: str) -> str:
    lines = "\n".join(f"    {f'{email} / {PASSWORD}':<44} {role}" for email, role in STAFF)
    return f"""
  followup is open for business with invented patients.

  The worklist   {web}/
  The phones     {phones}/      the first {YOURS} lie on the table: answer them yourself
  Sign in with   password {PASSWORD}
{lines}
                 (a real clinic's providers and admins also need a second factor)

  Ctrl-C closes it.
"""
