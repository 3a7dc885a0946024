"""A day at the desk with one of everything, for pictures and for tests of the pages in a browser."""

from __future__ import annotations

from tests.clinic_day import HEADER, ClinicDay

COLUMNS = f"{HEADER},channel,levels,side,kind,provider,intent"
NAMES = (
    ("Ann", "Abbot"), ("Ben", "Baker"), ("Carla", "Castillo"), ("Dev", "Dasgupta"), ("Elena", "Espinoza"),
    ("Frank", "Fischer"), ("Grace", "Goldberg"), ("Hector", "Herrera"), ("Ines", "Ibarra"),
    ("John", "Johnson"), ("Karen", "Kowalski"), ("Luis", "Lopez"), ("Mary", "McNamara"), ("Nora", "Nguyen"),
)  # fmt: skip
REPLIES = (
    ["2", "N", "1, it was great till dinner", "6", "N", "Y"],  # holds: a candidate for a repeat
    ["my legs feel numb since last night"],
    ["8", "N", "7", "1", "N"],
    ["9 worse than before", "N", "8"],
    ["3", "N", "2", "5", "took oxycodone 2 h after"],
    [None],
    ["pretty sore honestly", "hard to say, it comes and goes"],
    ["6", "no", "5"],
    ["2", "N", "0", "8", "N", "SI"],
    ["wrong number"],
    ["can someone call me please"],
    ["4", "N", "1", "2", "N", "Y"],
    ["7"],
    ["STOP"],
)  # fmt: skip


def busy_day(day: ClinicDay, until: str = "13:40") -> None:
    """Fourteen patients of Monday; the clock stands on Tuesday at `until`."""
    for number, ((given, family), replies) in enumerate(zip(NAMES, REPLIES, strict=True), start=1):
        phone = f"+120255502{number:02d}"
        language = "es" if given in ("Hector", "Ines", "Luis") else "en"
        kind, provider = ("mbb", "Dr Kim") if number % 3 else ("facet", "Dr Osei")
        levels, side = ("L4-L5;L5-S1", "both") if number % 2 else ("L3-L4;L4-L5", "left")
        intent = "" if given == "Luis" else "diagnostic"
        minute = 10 + number * 2
        day.roster(
            f"p{1040 + number},{given},{family},{phone},proc{number},2026-03-09 09:{minute:02d},"
            f"{8 if number % 4 else 7},bupivacaine,{language},text,{levels},{side},"
            f"{kind},{provider},{intent}",
            header=COLUMNS,
        )
        day.person(phone, replies)
    day.at(until)
