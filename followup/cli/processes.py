"""The product as processes beside a simulated carrier: what storms and days with many workers start from.

On an empty database, since invented patients must never meet real ones.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from followup.cli.base import CouldNotStart
from followup.cli.mortal import Mortals, SharedClock
from followup.cli.product import ACCOUNT, FOLDER, FRONT_DESK, RETRIES, SENDER, RealProduct
from followup.config import Settings, SettingsError

if TYPE_CHECKING:
    from followup.outreach.send import Post
    from followup.simulator import Carrier
    from followup.store import Store

PUBLIC = "https://storm.followup.example"


class Outlasting(RealProduct):
    """The product as a storm sees it: rounds are done by processes that may die."""

    def __init__(self, store: Store, post: Post, clock: SharedClock, mortals: Mortals) -> None:
        super().__init__(store, post, clock)
        self.mortals = mortals

    def tick(self) -> None:
        self.mortals.tick()

    def heard(self) -> set[str]:
        from sqlmodel import select

        from followup.store.models import Inbound

        with self.store.read() as session:
            return set(session.exec(select(Inbound.sid)).all())

    def warned(self) -> set[str]:
        from sqlmodel import select

        from followup.store.models import Outbound

        with self.store.read() as session:
            rows = session.exec(select(Outbound.id).where(Outbound.step == "safety")).all()
        return {str(row) for row in rows}

    def unsettled(self) -> list[str]:
        from sqlmodel import col, select

        from followup.store.models import Outbound

        with self.store.read() as session:
            rows = session.exec(
                select(Outbound).where(
                    col(Outbound.state).in_(("planned", "sending", "unsure")), Outbound.step != "page"
                )
            ).all()
        return [f"{r.channel} {r.id} ({r.step}) is still {r.state}: {r.reason}" for r in rows]


@contextmanager
def set_up(
    clock: SharedClock, seed: int, clinic: str, *, webs: int = 1, workers: int = 1
) -> Iterator[tuple[Outlasting, Carrier]]:
    """An empty database with a clinic (its file as text), the carrier, and the processes.

    On SQLite, which has one clock, there is one worker. Raises CouldNotStart with a sentence.
    """
    from followup.demo.on_call import NUMBER, OnCallDoctor
    from followup.intake.clinics import set_clinic
    from followup.setup import open_post
    from followup.simulator import Carrier

    token, ports = secrets.token_hex(16), [free_port() for _ in range(webs)]
    first, *others = (f"http://127.0.0.1:{port}" for port in ports)
    carrier = Carrier(
        account_sid=ACCOUNT, auth_token=token, now=clock, public_url=PUBLIC,
        deliver_to=first, seed=seed,
    )  # fmt: skip
    carrier.webhooks.also_to = tuple(others)
    carrier.add_number(
        SENDER,
        sms_url=f"{PUBLIC}/twilio/sms{RETRIES}",
        voice_url=f"{PUBLIC}/twilio/voice/incoming{RETRIES}",
    )
    carrier.add_desk(FRONT_DESK)
    carrier.add_person(NUMBER, OnCallDoctor(), "Dr K, on call")
    env = _environment(seed, token, carrier.serve())
    settings, store = _empty(env)
    with store.write() as session:
        set_clinic(session, clinic, clock())
    mortals = Mortals(env, clock, ports, workers if settings.sqlite_path is None else 1, seed)
    try:
        yield Outlasting(store, open_post(settings, store), clock, mortals), carrier
    finally:
        mortals.close()
        carrier.stop()
        store.close()


def _environment(seed: int, token: str, carrier_port: int) -> dict[str, str]:
    given = os.environ.get("DATABASE_URL")
    folder = FOLDER / f"storm-{seed}{'-elsewhere' if given else ''}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {
        "DATABASE_URL": given or f"sqlite:///{folder.resolve() / 'followup.db'}",
        "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": token,
        "TWILIO_API_URL": f"http://127.0.0.1:{carrier_port}",
        "FOLLOWUP_KEYS": os.environ.get("FOLLOWUP_KEYS")
        or base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SECRET_KEY": secrets.token_hex(32),
        "SMTP_URL": f"file:{folder.resolve() / 'mail'}",
        "FOLLOWUP_SPOOL": str(folder.resolve() / "spool"),
    }


def _empty(env: dict[str, str]) -> tuple[Settings, Store]:
    """A migrated database without a clinic: invented patients must never meet real ones."""
    from sqlmodel import select

    from followup.store import open_store, unlock
    from followup.store.migrate import migrate
    from followup.store.models import Clinic

    try:
        settings = Settings.from_env(env=env)
    except SettingsError as problem:
        raise CouldNotStart(str(problem)) from None
    unlock(settings.keys)
    store = open_store(settings.database_url)
    migrate(store)
    with store.read() as session:
        if session.exec(select(Clinic.id)).first() is not None:
            raise CouldNotStart(
                "DATABASE_URL names a database with a clinic in it; give `simulate` an empty one."
            )
    return settings, store


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
