"""`python -m followup.simulator`: the carrier as a process of its own, on the real clock.

For trying a product that runs elsewhere on this machine, and for tests that kill and restart it while the
carrier goes on. Ctrl-C or SIGTERM ends it and prints what the day would have cost.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from .carrier import Carrier
from .people import cast, roster_rows

SMS, VOICE, VOICE_STATUS = "/twilio/sms", "/twilio/voice/answer", "/twilio/voice/status"


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m followup.simulator", description="A simulated Twilio on 127.0.0.1, with phones at /."
    )
    say = parser.add_argument
    say("--port", type=int, default=8010, help="port of the API and the phones (default 8010; 0: any)")
    say(
        "--webhook-base",
        required=True,
        metavar="URL",
        help="where the product listens, http://127.0.0.1:8000",
    )
    say("--public-url", metavar="URL", help="the base webhooks are signed with (default: --webhook-base)")
    say("--account-sid", default="AC" + "0" * 32, metavar="AC...")
    say("--auth-token", required=True, metavar="TOKEN", help="checks API requests and signs webhooks")
    say("--number", action="append", metavar="+1...", help="a sender of the account; may be repeated")
    say("--sms-path", default=SMS, help=f"webhook for inbound texts (default {SMS})")
    say("--voice-path", default=VOICE, help=f"webhook for inbound calls (default {VOICE})")
    say("--people", type=int, default=0, metavar="N", help="patients who answer on their own")
    say("--seed", type=int, default=0, help="the same seed gives the same patients (default 0)")
    say("--roster", type=Path, metavar="FILE", help="write the patients' roster there as CSV")
    say("--performed-on", type=date.fromisoformat, default=None, metavar="DAY", help="day of the roster")
    say("--faults", default="", metavar="NAME=P,...", help="chances, like busy=0.1,receipt_drop=0.2")
    return parser.parse_args(argv)


def carrier_from(given: argparse.Namespace) -> Carrier:
    """The carrier the arguments describe. Raises ValueError with a sentence about the wrong one."""
    public = (given.public_url or given.webhook_base).rstrip("/")
    carrier = Carrier(
        account_sid=given.account_sid,
        auth_token=given.auth_token,
        now=lambda: datetime.now(UTC),
        public_url=public,
        deliver_to=given.webhook_base,
        seed=given.seed,
    )
    for number in given.number or ["+12025550123"]:
        carrier.add_number(
            number,
            sms_url=public + given.sms_path,
            voice_url=public + given.voice_path,
            voice_status=public + VOICE_STATUS,
        )
    if given.people:
        people = cast(given.people, given.seed)
        for person in people:
            carrier.add_person(person.number, person, person.name)
        if given.roster:
            day = given.performed_on or datetime.now(UTC).date()
            given.roster.write_text(roster_rows(people, day), encoding="utf-8")
    carrier.faults.set(**chances(given.faults))
    return carrier


def chances(text: str) -> dict[str, float]:
    """`busy=0.1,receipt_drop=0.2` as numbers by name."""
    found = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"--faults: {part!r} has no number; write it like busy=0.1") from None
    return found


def main(argv: Sequence[str] | None = None) -> int:
    given = arguments(argv)
    try:
        carrier = carrier_from(given)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        port = carrier.start(given.port)
    except OSError as error:
        print(f"port {given.port} cannot be used ({error.strerror}): choose another --port", file=sys.stderr)
        return 2
    print(f"simulated carrier: API http://127.0.0.1:{port}  phones http://127.0.0.1:{port}/", flush=True)
    done = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: done.set())
    done.wait()
    carrier.stop()
    print(json.dumps({**carrier.ledger(), "faults": dict(carrier.faults.counts)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
