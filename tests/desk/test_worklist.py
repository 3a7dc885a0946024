"""The worklist: who needs somebody, in which order, and in the same place as on the digest."""

from __future__ import annotations

from sqlmodel import select

from followup.desk.standing import GROUPS
from followup.desk.worklist import Worklist, handle, worklist
from followup.digest.build import build
from followup.store.models import Clinic, Procedure
from tests.clinic_day import PROCEDURE_DAY, ClinicDay
from tests.console.busy_day import busy_day


def listed(day: ClinicDay, **more: object) -> Worklist:
    with day.store.read() as session:
        clinic = session.exec(select(Clinic)).one()
        return worklist(session, clinic, day.clock(), **more)  # type: ignore[arg-type]


def test_rows_come_in_the_order_of_work(busy: ClinicDay) -> None:
    found = listed(busy)
    order = [GROUPS.index(row.group) for row in found.rows]
    assert order == sorted(order)
    assert found.rows[0].name == "Ben Baker"
    assert found.rows[0].said == "my legs feel numb since last night"
    assert found.counts == {"urgent": 1, "worse": 0, "review": 1, "call": 5, "decide": 3, "rest": 4}


def test_every_case_of_the_digest_is_a_row_in_the_same_bucket(day: ClinicDay) -> None:
    """Two pages that disagree about one patient are worse than one page less."""
    busy_day(day)
    with day.store.read() as session:
        made = build(session, session.exec(select(Clinic)).one(), day.clock().date(), day.clock())
    rows = [*listed(day).rows, *listed(day, only="rest").rows]
    shown = {entry.id: entry.bucket for row in rows for entry in row.entries}
    assert shown == {entry.id: entry.bucket for entry in made.entries if entry.bucket != "closed"}


def test_the_list_can_be_of_one_provider_and_of_one_kind(busy: ClinicDay) -> None:
    osei = listed(busy, provider=handle("Dr Osei"))
    assert {row.name for row in osei.rows} == {"Carla Castillo", "Ines Ibarra", "Luis Lopez"}
    assert handle("Dr Osei") in osei.providers
    assert "Osei" not in handle("Dr Osei")
    assert {row.group for row in listed(busy, only="decide").rows} == {"decide"}


def test_a_long_list_comes_in_pages_that_leave_nobody_out(busy: ClinicDay) -> None:
    pages = [listed(busy, size=4, page=page) for page in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [4, 4, 2]
    assert pages[0].pages == 3
    assert len({row.key for page in pages for row in page.rows}) == 10
    assert listed(busy, size=4, page=99).page == 3


def test_a_message_of_nobody_we_know_is_a_row_for_a_person(day: ClinicDay) -> None:
    day.at("11:00", PROCEDURE_DAY.day)
    day.text("+12025550999", "is the office open on friday")
    row = listed(day).rows[0]
    assert (row.key, row.group, row.phone, row.name) == ("t1", "review", "+12025550999", "")
    assert row.said == "is the office open on friday"


def test_the_stamp_changes_when_a_row_comes_or_goes(day: ClinicDay) -> None:
    phone = day.patient()
    day.at("10:01")
    before = listed(day, size=0)
    assert before.rows == []
    assert listed(day, size=0).stamp == before.stamp
    day.text(phone, "my legs are numb")
    assert listed(day, size=0).stamp != before.stamp


def test_procedures_of_one_day_share_a_row(day: ClinicDay) -> None:
    phone = "+12025550201"
    for number in (1, 2):
        day.roster(f"p1,Ann,Example,{phone},proc{number},2026-03-09 1{number}:00,8,bupivacaine,en")
    day.at("19:00")
    rows = listed(day).rows
    assert [len(row.entries) for row in rows] == [2]


def test_closing_a_case_was_doing_what_was_to_be_done_about_it(quick: ClinicDay) -> None:
    phone = quick.patient()
    quick.at("10:01")
    quick.text(phone, "can someone call me please")
    assert [row.group for row in listed(quick).rows] == ["call"]
    quick.at("10:02")
    with quick.store.write() as session:
        case = session.get_one(Procedure, 1)
        case.ended, case.ended_at, case.ended_by = "decided", quick.clock(), "staff 1"
    assert listed(quick).rows == []
    quick.at("10:05")
    quick.text(phone, "is the office open on friday")
    assert [row.group for row in listed(quick).rows] == ["review"], "what comes after it is new"
