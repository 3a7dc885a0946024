"""The usual answer costs the database little, on both: a carrier waits for it, and all of a morning's come
within minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import event

from followup.inbox.receive import receive_text
from followup.store import Store
from followup.store.models import Inbound
from tests.clinic_day import SENDER, ClinicDay

_numbers = count(1)


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """Every statement that is sent meanwhile, savepoints too."""
    seen: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):  # PostgreSQL's is not sent on its own
            seen.append(" ".join(statement.split()))

    event.listen(store.engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", listen)


def say(day: ClinicDay, phone: str, body: str) -> str:
    form = {"MessageSid": f"SM{next(_numbers):032d}", "From": phone, "To": SENDER, "Body": body}
    return receive_text(day.store, form, day.settings.public_url, day.clock())


def test_an_answer_to_the_open_question_takes_few_statements(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:05")
    with counted(day.store) as seen:
        assert "7 now" in say(day, phone, "7")
    assert len(seen) <= 11, seen
    assert [row.state for row in day.rows(Inbound)] == ["read"]
