"""Single settings of a clinic file are changed as it was written, checked whole, and act at once."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from sqlmodel import select

from followup.checkin.clinics import clinic_file
from followup.clinic import ClinicFileError
from followup.intake.clinic_edit import ChangedMeanwhileError, Value, change_clinic, source_of, version
from followup.intake.clinics import set_clinic
from followup.store import Store
from followup.store.models import Clinic, Outbound
from tests.intake.conftest import HARBOR, Import
from tests.intake.roster_of import ANA, roster

WITH_COMMENTS = f"""# agreed with Dr K in January
{HARBOR}
[hours]
check_in_time = "10:00"   # after breakfast
[thresholds]
min_hours = {{ lidocaine = 2, default = 3 }}
"""


def change(store: Store, now: datetime, changes: dict[str, Value], seen: str = "") -> list[str]:
    with store.write() as session:
        clinic = session.get_one(Clinic, 1)
        return change_clinic(session, clinic, changes, seen or version(clinic), now)


def source(store: Store) -> str:
    with store.read() as session:
        return source_of(session.get_one(Clinic, 1))


def test_comments_and_order_stay_and_only_what_differs_is_named(
    store: Store, harbor: str, now: datetime
) -> None:
    with store.write() as session:
        set_clinic(session, WITH_COMMENTS, now)
    differs = change(store, now, {"hours.check_in_time": "11:00", "clinic.name": "Harbor Spine Clinic",
                                  "thresholds.min_hours.default": 4})  # fmt: skip
    assert differs == ["hours.check_in_time", "thresholds.min_hours.default"]
    assert source(store) == WITH_COMMENTS.replace("10:00", "11:00").replace("default = 3", "default = 4")


def test_a_changed_hour_moves_what_has_not_left(store: Store, take: Import, now: datetime) -> None:
    take(roster(ANA))
    change(store, now, {"hours.check_in_time": "11:30"})
    with store.read() as session:
        assert session.exec(select(Outbound)).one().due_at == datetime(2026, 3, 10, 15, 30, tzinfo=UTC)


def test_people_are_written_as_tables_and_taken_out_again(store: Store, harbor: str, now: datetime) -> None:
    people = [{"name": "Dr K", "phone": "+12025550190", "hours": "always"},
              {"name": "Nurse B", "phone": "+12025550191", "hours": ""}]  # fmt: skip
    change(store, now, {"on_call.people": people})
    with store.read() as session:
        file = clinic_file(session.get_one(Clinic, 1))
    assert [(p.name, p.hours) for p in file.on_call.people] == [("Dr K", "always"), ("Nurse B", "always")]
    assert source(store).count("[[on_call.people]]") == 2
    change(store, now, {"on_call.people": None})
    assert "people" not in source(store)


def test_every_problem_is_named_with_its_place_and_nothing_is_changed(
    store: Store, harbor: str, now: datetime
) -> None:
    before = source(store)
    with pytest.raises(ClinicFileError) as refused:
        change(store, now, {"hours.window": ["19:00", "09:00"], "clinic.callback_number": "555",
                            "clinic.name": "New"})  # fmt: skip
    assert dict(refused.value.problems) == {
        "clinic.callback_number": ": '555' is not a phone number; write it like +12025550123.",
        "hours.window": ": ['19:00', '09:00'] ends before it starts; write it like [\"09:00\", \"19:00\"].",
    }
    assert source(store) == before


def test_a_page_made_from_an_older_file_writes_over_nothing(store: Store, harbor: str, now: datetime) -> None:
    with store.read() as session:
        seen = version(session.get_one(Clinic, 1))
    change(store, now, {"hours.check_in_time": "11:00"})
    with pytest.raises(ChangedMeanwhileError):
        change(store, now, {"hours.check_in_time": "12:00"}, seen)
    assert '"11:00"' in source(store)


@pytest.mark.parametrize("path", ["clinic.code", "texting.from"])
def test_who_the_clinic_is_cannot_be_changed_here(
    store: Store, harbor: str, now: datetime, path: str
) -> None:
    with pytest.raises(ValueError, match="not to be changed"):
        change(store, now, {path: "pine"})


def test_a_clinic_whose_file_was_not_kept_is_written_anew_from_its_values(
    store: Store, harbor: str, now: datetime
) -> None:
    with store.write() as session:
        set_clinic(session, WITH_COMMENTS, now)
        before = clinic_file(session.get_one(Clinic, 1))
        session.get_one(Clinic, 1).source = ""
    change(store, now, {"hours.check_in_time": "11:00"})
    with store.read() as session:
        after = clinic_file(session.get_one(Clinic, 1))
    assert after.hours.check_in_time == time(11)
    assert after.model_copy(update={"hours": before.hours}) == before


def test_own_words_are_checked_with_the_clinics_own_name(store: Store, harbor: str, now: datetime) -> None:
    long = (
        "How is your usual back pain right now, sitting or standing? Reply 0 to 10: 0 = no pain, 10 = worst."
    )
    with pytest.raises(ClinicFileError, match=r"^wording.pain_now.en.ask is 1 letter too long"):
        change(store, now, {"wording.pain_now.en.ask": long})
    change(store, now, {"wording.pain_now.en.ask": long, "clinic.spoken_name": "HSC"})
    with pytest.raises(ClinicFileError, match=r"wording.pain_now.en.ask is 1 letter too long"):
        change(store, now, {"clinic.spoken_name": "Harbor Clinic"})
    change(store, now, {"wording.pain_now.en.ask": None, "clinic.spoken_name": "Harbor Clinic"})
