"""What a clinic sees of how it is: its own messages, and the machine's signs of life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from followup.health import Refusals, health
from followup.intake import set_clinic
from followup.store import Store
from followup.store.models import Heartbeat, Outbound
from tests.clinic_day import CLINIC


def outbound(clinic_id: int, number: int, now: datetime, **more: object) -> Outbound:
    return Outbound(
        **{"dedupe": f"{clinic_id}:{number}", "clinic_id": clinic_id, "channel": "text", "step": "first",
           "to": "+12025550199", "due_at": now, "created_at": now, "changed_at": now, **more},
    )  # type: ignore[arg-type]  # fmt: skip


def mail(clinic_id: int, number: int, **more: object) -> Outbound:
    moment = datetime(2026, 3, 9, tzinfo=UTC)
    return outbound(clinic_id, number, moment, channel="email", step="digest", **more)


def test_it_counts_the_clinics_own_messages_and_names_the_carriers_codes(store: Store, now: datetime) -> None:
    hour = timedelta(hours=1)
    with store.write() as session:
        for code, sender in (("harbor", "+12025550123"), ("pine", "+12025550124")):
            text = CLINIC.replace('"harbor"', f'"{code}"').replace("+12025550123", sender)
            set_clinic(session, text, now)
        session.flush()
        session.add_all(
            [
                Heartbeat(name="clock", at=now - hour),
                Heartbeat(name="backup", at=now - 8 * hour),
                mail(1, 7, state="sent", sent_at=now - 7 * hour),
                mail(1, 8, state="refused"),
                mail(2, 9, state="sent", sent_at=now - 5 * hour),
                outbound(1, 1, now - 2 * hour),
                outbound(1, 2, now, state="refused", error="21211"),
                outbound(
                    1, 3, now - hour, state="sent", sent_at=now - hour, delivery="failed", error="30003"
                ),
                outbound(1, 4, now, state="sent", sent_at=now - 2 * hour, delivery="failed", error="30003"),
                outbound(1, 5, now, state="sent", sent_at=now - 30 * hour, delivery="failed", error="30006"),
                outbound(1, 6, now, state="unsure", deadline=now + hour),
                outbound(2, 1, now - 9 * hour),
                outbound(2, 2, now, state="refused", error="21610"),
            ]
        )
    with store.read() as session:
        found = health(session, 1, now)
    assert (found.last_tick, found.last_backup, found.last_digest) == (
        now - hour,
        now - 8 * hour,
        now - 7 * hour,
    )
    assert found.oldest_due == now - 2 * hour
    assert (found.in_doubt, found.left) == (1, 2)
    assert found.refusals == [
        Refusals("text", "30003", 2, now),
        Refusals("text", "21211", 1, now),
    ]
    assert found.database_bytes > 100_000


def test_a_new_clinic_has_nothing_to_show(store: Store, now: datetime) -> None:
    with store.read() as session:
        found = health(session, 1, now)
    assert (found.last_tick, found.oldest_due, found.refusals, found.left) == (None, None, [], 0)
