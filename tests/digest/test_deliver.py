"""The digest's e-mail: what may be in it, when it is owed, and once only."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from jinja2 import meta
from sqlmodel import select

from followup.digest import deliver
from followup.digest.archive import archive
from followup.digest.deliver import owe_digests, send_now
from followup.digest.mail import Counts, compose, count
from followup.digest.model import Digest
from followup.digest.paper import templates
from followup.outreach.mail import HTML_MARK
from followup.store import Store, mark, open_store
from followup.store.models import Clinic, DigestRun, Outbound, Task

from .clinic_day import DAY, FILE, NOW, REPEAT, add_case, add_clinic, local
from .full_day import add_full_day

Build = Callable[..., Digest]
LINK = "https://followup.harbor.example/digest/2026-03-10"


def mails(store: Store) -> list[Outbound]:
    with store.read() as session:
        return list(
            session.exec(select(Outbound).where(Outbound.channel == "email").order_by(Outbound.dedupe)).all()
        )  # type: ignore[arg-type]


def test_the_mail_templates_take_only_whole_numbers_a_date_and_a_link() -> None:
    allowed = {field.name for field in fields(Counts)} | {"adds_up", "day", "link"}
    assert all(field.type == "int" for field in fields(Counts))
    environment = templates()
    for name in ("mail_subject.txt", "mail.txt", "mail.html"):
        assert environment.loader is not None
        source, _, _ = environment.loader.get_source(environment, name)
        assert meta.find_undeclared_variables(environment.parse(source)) <= allowed, name


def test_no_name_number_chart_or_specialty_gets_into_the_mail(store: Store, digest: Build) -> None:
    with store.write() as session:
        add_full_day(session)
    made = digest()
    mail = compose(count(made), made.day, LINK)
    said = (mail.subject + mail.body).lower()
    for entry in made.entries:
        for secret in (entry.name.split()[0], entry.reference, entry.chart, entry.phone):
            assert not re.search(rf"(?<!\w){re.escape(secret.lower())}(?!\w)", said), secret
    for word in ("spine", "pain", "facet", "block", "injection", "procedure", "555", "harbor spine"):
        assert word not in said.replace("https://followup.harbor.example", "")


def test_the_mail_counts_what_the_page_counts(store: Store, digest: Build) -> None:
    with store.write() as session:
        add_full_day(session)
    assert asdict(count(digest())) == {
        "total": 25, "urgent": 1, "to_call": 3, "to_review": 7, "to_sign": 10, "waiting": 2, "closed": 2,
        "other": 2, "missing": 0,
    }  # fmt: skip


def test_a_mail_has_a_plain_part_and_an_html_part() -> None:
    mail = compose(Counts(3, 1, 0, 1, 1, 0, 0, 0, 0), DAY, LINK)
    plain, _, html = mail.body.partition(HTML_MARK)
    assert mail.subject == "Follow-up list, Tue 10 Mar: 1 urgent, 0 to call"
    assert plain.splitlines()[0] == "3 on the list of Tue 10 Mar:"
    assert plain.rstrip().endswith(f"Sign in to read it: {LINK}")
    assert html.startswith("<!doctype html>")
    assert f'<a href="{LINK}"' in html


def test_a_day_without_procedures_is_said_and_not_left_silent() -> None:
    mail = compose(Counts(0, 0, 0, 0, 0, 0, 0, 0, 0), DAY, "")
    assert mail.subject == "Follow-up list, Tue 10 Mar: nothing due"
    assert mail.body.startswith("Nothing is due on Tue 10 Mar.")
    assert "Sign in" not in mail.body


def test_a_day_that_does_not_add_up_is_the_subject() -> None:
    mail = compose(Counts(3, 0, 0, 3, 0, 0, 0, 0, 1), DAY, LINK)
    assert mail.subject == "Follow-up list, Tue 10 Mar: does not add up"
    assert mail.body.startswith("The list of Tue 10 Mar does not add up: 1 entry needs a look.")


@pytest.fixture
def open_clinic(store: Store) -> Clinic:
    """A clinic that exists since the evening before, after the day's last slot."""
    with store.write() as session:
        clinic = add_clinic(session)
        clinic.created_at = local(DAY - timedelta(days=1), time(17))
        return clinic


def owed_at(store: Store, hour: int, minute: int, day: date = DAY) -> list[str]:
    """The dedupe keys of the mails that a tick at this local time plans."""
    before = {row.dedupe for row in mails(store)}
    planned = owe_digests(store, local(day, time(hour, minute)))
    new = sorted({row.dedupe for row in mails(store)} - before)
    assert planned == len(new)
    return new


def test_nothing_is_owed_before_the_first_slot(store: Store, open_clinic: Clinic) -> None:
    assert owed_at(store, 7, 29) == []


def test_each_recipient_gets_one_mail_a_slot(store: Store, open_clinic: Clinic) -> None:
    assert owed_at(store, 7, 30) == [
        f"digest:harbor:2026-03-10:0730:{mark(address)}"
        for address in ("frontdesk@harbor.example", "lead@harbor.example")
    ]
    assert owed_at(store, 7, 31) == []
    assert [key[:29] for key in owed_at(store, 16, 30)] == ["digest:harbor:2026-03-10:1630"] * 2
    assert owed_at(store, 23, 59) == []


def test_so_many_clinics_that_texts_would_wait_have_their_digests_in_several_rounds(
    store: Store, open_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as session:
        add_clinic_bay(session)
    monkeypatch.setattr(deliver, "_A_ROUND", 1)
    moment = local(DAY, time(7, 30))
    assert [owe_digests(store, moment) > 0 for _ in range(3)] == [True, True, False]
    assert len({mail.clinic_id for mail in mails(store)}) == 2


def test_after_downtime_only_the_newest_slot_is_sent(store: Store, open_clinic: Clinic) -> None:
    assert [key[:29] for key in owed_at(store, 18, 0)] == ["digest:harbor:2026-03-10:1630"] * 2
    assert owed_at(store, 18, 1) == []


def test_a_clock_that_stood_over_midnight_still_sends_the_evenings_list(
    store: Store, open_clinic: Clinic
) -> None:
    assert len(owed_at(store, 7, 30)) == 2
    after_midnight = DAY + timedelta(days=1)
    assert [key[:29] for key in owed_at(store, 0, 10, after_midnight)] == [
        "digest:harbor:2026-03-10:1630"
    ] * 2
    assert owed_at(store, 0, 11, after_midnight) == []
    assert [key[:29] for key in owed_at(store, 7, 30, after_midnight)] == [
        "digest:harbor:2026-03-11:0730"
    ] * 2


def test_a_clock_that_stood_for_days_sends_one_list(store: Store, open_clinic: Clinic) -> None:
    assert len(owed_at(store, 6, 0, DAY + timedelta(days=5))) == 2


def test_a_clinic_that_opens_at_noon_is_not_sent_the_morning_it_did_not_have(
    store: Store, clinic: Clinic
) -> None:
    with store.write() as session:
        session.get_one(Clinic, clinic.id).created_at = local(DAY, time(12))
    assert owed_at(store, 12, 1) == []
    assert len(owed_at(store, 16, 30)) == 2


def test_a_slot_in_the_hour_that_spring_skips_is_sent_once(store: Store) -> None:
    with store.write() as session:
        clinic = add_clinic(session, FILE.replace('["07:30", "16:30"]', '["02:30"]'))
        clinic.created_at = datetime(2026, 3, 1, tzinfo=NOW.tzinfo)
    spring = date(2026, 3, 8)
    assert len(owed_at(store, 1, 0, spring - timedelta(days=1))) == 2
    assert len(owed_at(store, 2, 45, spring - timedelta(days=1))) == 2
    sent = [len(owed_at(store, hour, 45, spring)) for hour in (1, 3, 4, 12)]
    assert sent == [0, 2, 0, 0]


def test_a_mail_row_is_addressed_and_due_at_once(store: Store, open_clinic: Clinic) -> None:
    with store.write() as session:
        add_case(session, open_clinic, 1, said=REPEAT)
    owed_at(store, 16, 30)
    row = mails(store)[0]
    assert (row.step, row.state, row.to, row.sender) == (
        "digest", "planned", "frontdesk@harbor.example", "followup@harbor.example",
    )  # fmt: skip
    assert row.due_at == local(DAY, time(16, 30))
    assert row.subject == "Follow-up list, Tue 10 Mar: 0 urgent, 0 to call"
    assert LINK in row.body


def test_a_clock_that_finds_the_run_already_there_does_nothing(
    store: Store, open_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clocks look at the same moment: the other one's run appears between our look and our insert."""
    mail_of = deliver._mail

    def meanwhile(*given: object) -> object:
        made = mail_of(*given)  # type: ignore[arg-type]
        with store.engine.connect() as other:
            other.exec_driver_sql(
                "INSERT INTO digest (clinic_id, day, slot, at) "
                f"VALUES ({open_clinic.id}, '2026-03-10', '16:30', '2026-03-10 20:30:00')"
            )
            other.commit()
        return made

    monkeypatch.setattr(deliver, "_mail", meanwhile)
    assert owe_digests(store, NOW) == 0
    assert mails(store) == []


def test_many_clocks_at_once_plan_one_mail_a_recipient(
    database_url: str, store: Store, open_clinic: Clinic
) -> None:
    """Each with its own connections, all let go in the same moment, slot after slot."""
    clocks = [open_store(database_url) for _ in range(4)]
    for number, slot in enumerate((time(7, 30), time(16, 30)), start=1):
        ready = Barrier(len(clocks))

        def owe(clock: Store, ready: Barrier = ready, slot: time = slot) -> int:
            ready.wait()
            return owe_digests(clock, local(DAY, slot))

        with ThreadPoolExecutor(len(clocks)) as threads:
            assert sum(threads.map(owe, clocks)) == 2
        assert len(mails(store)) == 2 * number
    with store.read() as session:
        assert len(session.exec(select(DigestRun)).all()) == 2
    for clock in clocks:
        clock.close()


def test_a_digest_that_cannot_be_made_is_a_task_and_does_not_stop_the_others(
    store: Store, open_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as session:
        other = add_clinic_bay(session)
    mail_of = deliver._mail

    def broken(session: object, clinic: Clinic, day: date, now: datetime) -> object:
        if clinic.id == open_clinic.id:
            raise ValueError("a name that must not be logged")
        return mail_of(session, clinic, day, now)  # type: ignore[arg-type]

    monkeypatch.setattr(deliver, "_mail", broken)
    assert owe_digests(store, NOW) == 2
    assert {row.clinic_id for row in mails(store)} == {other.id}
    with store.read() as session:
        [task] = session.exec(select(Task)).all()
        assert task.reason == "The digest of 2026-03-10, 16:30, could not be made. Open the console instead."
        assert session.exec(select(DigestRun.clinic_id)).all() == [other.id]


def add_clinic_bay(session: object) -> Clinic:
    from followup.store.models import Heartbeat

    session.get_one(Heartbeat, "clock").name = "other"  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    clinic = add_clinic(session, FILE.replace('code = "harbor"', 'code = "bay"'))  # type: ignore[arg-type]
    clinic.created_at = NOW - timedelta(days=1)
    return clinic


def test_a_refused_digest_mail_is_on_the_page(store: Store, open_clinic: Clinic, digest: Build) -> None:
    owed_at(store, 7, 30)
    with store.write() as session:
        row, other = session.exec(select(Outbound).where(Outbound.channel == "email")).all()
        row.state, other.state = "refused", "sent"
    assert [a.words for a in digest().attention if a.kind == "mail"] == [
        "The digest e-mail of Tue 07:30 could not be delivered."
    ]


def test_the_list_of_digests_does_not_call_a_mail_sent_that_has_not_left(
    store: Store, open_clinic: Clinic
) -> None:
    with store.write() as session:
        add_case(session, session.get_one(Clinic, open_clinic.id), 1, said=REPEAT)
    owed_at(store, 7, 30)

    def listed() -> list[tuple[tuple[str, ...], frozenset[str]]]:
        with store.read() as session:
            clinic = session.get_one(Clinic, open_clinic.id)
            return [(day.sent, day.stuck) for day in archive(session, clinic, DAY + timedelta(days=1))]

    assert listed() == [(("07:30",), frozenset({"07:30"}))]
    with store.write() as session:
        for row in session.exec(select(Outbound).where(Outbound.channel == "email")).all():
            row.state = "sent"
    assert listed() == [(("07:30",), frozenset())]


def test_sending_by_hand_goes_out_whatever_was_sent(store: Store, open_clinic: Clinic) -> None:
    owed_at(store, 16, 30)
    with store.write() as session:
        assert send_now(session, session.get_one(Clinic, open_clinic.id), DAY, NOW) == 2
    assert [row.dedupe for row in mails(store) if "now-" in row.dedupe] == [
        f"digest:harbor:2026-03-10:now-20260310T203000:{mark(address)}"
        for address in ("frontdesk@harbor.example", "lead@harbor.example")
    ]


def test_the_mail_leaves_by_the_ordinary_path(store: Store, open_clinic: Clinic, tmp_path: Path) -> None:
    from followup.outreach.mail import Mailbox
    from followup.outreach.send import Post, send_due

    owe_digests(store, NOW)
    post = Post(carrier=None, mailbox=Mailbox(f"file:{tmp_path}/mail"), public_url="", threads=1)  # type: ignore[arg-type]
    assert send_due(store, post, "test", lambda: NOW) == 2
    assert {row.state for row in mails(store)} == {"sent"}
    [one, _] = sorted((tmp_path / "mail").iterdir())
    letter = one.read_text(encoding="utf-8")
    assert "Subject: Follow-up list, Tue 10 Mar: nothing due" in letter
    assert "Content-Type: text/html" in letter
