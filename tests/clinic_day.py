"""A clinic day in a box, for tests of the whole line: real HTTP both ways, one clock set by hand.

The product's web app and the simulated carrier run in threads on loopback; nothing is mocked between them.
Words are chosen so that a test reads like a script: `day.at("10:00")`, `day.person(...)`, `day.texts(...)`.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from werkzeug.serving import make_server

from followup.alerts.page import number_of
from followup.clock import SetClock
from followup.config import Settings
from followup.intake import ImportResult, import_roster
from followup.intake.clinics import set_clinic
from followup.outreach.carrier import Carrier as HttpCarrier
from followup.outreach.mail import Mailbox
from followup.outreach.send import Post
from followup.simulator import Carrier
from followup.simulator.scripts import Scripted
from followup.store import Store
from followup.store.models import Alert
from scheduler.rounds import next_round, one_round
from webhooks.app import create_app

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-of-the-simulated-account"
SENDER = "+12025550123"
ZONE = ZoneInfo("America/New_York")
PROCEDURE_DAY = date(2026, 3, 9)  # a Monday; the check-in is due on Tuesday the 10th

CLINIC = """
[clinic]
code = "harbor"
name = "Harbor Spine Clinic"
spoken_name = "Harbor Clinic"
timezone = "America/New_York"
callback_number = "+12025550100"
after_hours_number = "+12025550102"
[intake]
consent_default = "yes"
[texting]
from = "+12025550123"
segments_per_second = 1000
[digest]
times = ["07:30", "16:30"]
from = "followup@harbor.example"
recipients = ["frontdesk@harbor.example"]
console_url = "https://followup.harbor.example"
"""

HEADER = "patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,agent,language"


class ClinicDay:
    def __init__(self, store: Store, smtp_url: str = "", clinic: str = CLINIC) -> None:
        self.store = store
        self._ticked = datetime.min.replace(tzinfo=UTC)
        self.clock = SetClock(datetime.combine(PROCEDURE_DAY, time(14), tzinfo=ZONE))
        self.carrier = Carrier(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            now=self.clock,
            public_url="https://followup.example",
            seed=7,
        )
        port = self.carrier.serve()
        self.settings = Settings(
            database_url=str(store.engine.url),
            public_url="https://followup.example",
            account_sid=ACCOUNT,
            auth_tokens=(TOKEN,),
            twilio_api_url=f"http://127.0.0.1:{port}",
            secret_key="0123456789abcdef",
            smtp_url=smtp_url,
            spool=tempfile.mkdtemp(prefix="spool-"),
        )
        self.app = create_app(self.settings, store, self.clock)
        self._web = make_server("127.0.0.1", 0, self.app, threaded=True)
        self._thread = threading.Thread(target=self._web.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.carrier.webhooks.deliver_to = f"http://127.0.0.1:{self._web.server_port}"
        self.carrier.add_number(
            SENDER,
            sms_url="https://followup.example/twilio/sms",
            voice_url="https://followup.example/twilio/voice/incoming",
        )
        self.post = Post(self._way_out(10.0), Mailbox(smtp_url), self.settings.public_url, threads=1)
        with store.write() as session:
            set_clinic(session, clinic, self.clock())

    def _way_out(self, seconds: float) -> HttpCarrier:
        """The product's side of the carrier, waiting so long for an answer."""
        url, outside = self.settings.twilio_api_url, self.store.outside_transaction
        return HttpCarrier(ACCOUNT, TOKEN, url, outside, timeout=(5.0, seconds))

    def hang(self) -> None:
        """From here on a request that hangs does so for longer than we wait. Both are real time."""
        self.carrier.faults.hang_seconds = 1.0
        self.post = replace(self.post, carrier=self._way_out(0.5))

    def close(self) -> None:
        self._web.shutdown()
        self._web.server_close()
        self._thread.join()
        shutil.rmtree(self.settings.spool, ignore_errors=True)
        self.carrier.stop()

    def roster(self, *lines: str, header: str = HEADER) -> ImportResult:
        text = "\r\n".join((header, *lines)) + "\r\n"
        return import_roster(self.store, "harbor", text.encode(), self.clock())

    def patient(
        self,
        number: int = 1,
        *,
        baseline: object = 8,
        language: str = "en",
        name: str = "Ann",
        channel: str = "text",
    ) -> str:
        """One patient injected on Monday at noon; returns the phone."""
        phone = f"+120255502{number:02d}"
        result = self.roster(
            f"p{number},{name},Example,{phone},proc{number},2026-03-09 12:00,{baseline},bupivacaine,"
            f"{language},{channel}",
            header=f"{HEADER},channel",
        )
        assert not result.refused
        return phone

    def person(self, phone: str, texts: Sequence[str | None], **more: Any) -> Scripted:
        """Somebody on a phone who answers the nth text with the nth reply, a minute later."""
        script = Scripted(texts=texts, **more)
        self.carrier.add_person(phone, script)
        return script

    def at(self, clock_time: str, day: int = 10) -> None:
        """Let the day run, second by due second, until this local time of March 2026."""
        hour, minute = (int(part) for part in clock_time.split(":"))
        self.run_until(datetime(2026, 3, day, hour, minute, tzinfo=ZONE))

    def run_until(self, end: datetime) -> None:
        end = end.astimezone(UTC)
        while (step := self._next_step()) is not None and step <= end:
            self.clock.set(step)
            self._do_all()
        self.clock.set(end)
        self._do_all()
        self.tick()
        self.carrier.run_due()

    def _next_step(self) -> datetime | None:
        moments = [m for m in (next_round(self.store), self.carrier.next_due()) if m is not None]
        ahead = [moment for moment in moments if moment > self.clock()]
        if len(ahead) < len(moments):
            # What is past and still owed was put off without a new time: without a minute time would stand.
            ahead.append(self.clock() + timedelta(minutes=1))
        return min(ahead, default=None)

    def _do_all(self) -> None:
        """What the carrier has due; then a round, when it would find work or the last is a minute ago."""
        self.carrier.run_due()
        due = next_round(self.store)
        if (due is not None and due <= self.clock()) or self.clock() - self._ticked >= timedelta(minutes=1):
            self.tick()
            self.carrier.run_due()

    def tick(self, owner: str = "worker") -> None:
        self._ticked = self.clock()
        assert one_round(self.store, self.post, owner, self.clock) == 0, "a part of the round failed"

    def text(self, phone: str, body: str, media: int = 0) -> None:
        """The patient writes on their own; the webhook has been answered when this returns."""
        self.carrier.text(phone, SENDER, body, media)
        self.carrier.run_due()

    def said(self, phone: str) -> list[str]:
        """What was said into calls with this phone, in order."""
        return [fact["words"] for fact in self.carrier.log.of("said") if fact["to"] == phone]

    def calls(self, phone: str) -> list[datetime]:
        """When this phone was called, in New York's time."""
        made = [fact for fact in self.carrier.log.of("call") if fact["to"] == phone]
        return [fact.at.astimezone(ZONE) for fact in made]

    def texts(self, phone: str) -> list[str]:
        """What this phone has received, in order."""
        return [fact["body"] for fact in self.carrier.log.of("arrive") if fact["to"] == phone]

    def creates(self, phone: str | None = None) -> list[str]:
        """The bodies of messages the carrier made for REST requests, in order."""
        made = [
            f for f in self.carrier.log.of("create") if f.get("direction", "outbound-api") == "outbound-api"
        ]
        return [f["body"] for f in made if phone is None or f["to"] == phone]

    def alert_number(self) -> str:
        """What a page about the newest alert is answered with, after "OK"."""
        with self.store.read() as session:
            return number_of(session.exec(select(Alert).order_by(col(Alert.id).desc()).limit(1)).one())

    def rows(self, table: type[Any], *where: Any) -> list[Any]:
        with self.store.read() as session:
            return list(session.exec(select(table).where(*where).order_by(table.id)).all())
