"""Whatever program saved the roster, its rows come out; whatever is wrong with it is said with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from followup.intake.roster import RefusedLine, RosterFile, RosterRow, read_roster
from followup.intake.sheet import IntakeError

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 9, 18, 30, tzinfo=UTC)
HEADER = "patient_id,given_name,procedure_id,performed_at,phone"
ANA = "C1,Ana,P1,2026-03-09 14:30,202-555-0123"
BEN = "C2,Ben,P2,2026-03-09 15:00,202-555-0124"


def read(*lines: str, encoding: str = "utf-8", end: str = "\n") -> RosterFile:
    return read_roster(end.join(lines).encode(encoding), NEW_YORK, NOW)


def names(file: RosterFile) -> list[str]:
    return [line.given_name for line in file.lines if isinstance(line, RosterRow)]


def sentences(file: RosterFile) -> list[str]:
    return [str(r) for line in file.lines if isinstance(line, RefusedLine) for r in line.refusals]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_line_ends_and_delimiters_make_no_difference(
    encoding: str, end: str, delimiter: str
) -> None:
    lines = [line.replace(",", delimiter) for line in (HEADER, "C1,Íñigo,P1,3/9/2026 2:30 PM,2025550123", "")]
    (row,) = read(*lines, encoding=encoding, end=end).lines
    assert isinstance(row, RosterRow)
    assert (row.given_name, row.phone, row.line) == ("Íñigo", "+12025550123", 2)


def test_a_file_pasted_together_from_two_programs_keeps_both_their_accents() -> None:
    data = f"{HEADER}\nC1,José,P1,2026-03-09 14:30,\n".encode() + "C2,Zoë,P2,2026-03-09 14:30,\n".encode(
        "cp1252"
    )
    file = read_roster(data, NEW_YORK, NOW)
    assert names(file) == ["José", "Zoë"]
    assert "Lines not in UTF-8, read as Windows-1252: 1." in file.notes


def test_the_header_is_read_by_name_in_any_order_case_and_spacing() -> None:
    (row,) = read(
        "Performed At, PHONE ,Room,Given-Name,Procedure ID,patient_id", "2026-03-09 14:30,,7,Ana,P1,C1"
    ).lines
    assert isinstance(row, RosterRow)
    assert (row.patient_id, row.given_name, row.procedure_id) == ("C1", "Ana", "P1")
    assert row.performed_at == NOW


def test_excels_separator_line_and_blank_lines_are_no_rows() -> None:
    file = read(
        "sep=;", HEADER.replace(",", ";"), "", ANA.replace(",", ";"), ";;;;", "", BEN.replace(",", ";")
    )
    assert [line.line for line in file.lines] == [4, 7]


def test_quoted_commas_quotes_and_line_breaks_stay_in_their_cell() -> None:
    file = read(
        "note,patient_id,given_name,family_name,procedure_id,performed_at",
        '"called twice,\nsaid ""later""",C1,Ana,"Doe, Jr",P1,2026-03-09 14:30',
        ",C2,Ben,,P2,2026-03-09 15:00",
    )
    assert [(r.line, r.family_name) for r in file.lines if isinstance(r, RosterRow)] == [
        (2, "Doe, Jr"),
        (4, ""),
    ]


def test_a_quotation_mark_never_closed_costs_its_own_line_and_no_other() -> None:
    file = read(HEADER, ANA, 'C8,"Zoe,P8,2026-03-09 15:00,', BEN, "C3,Cy,P3,2026-03-09 15:00,")
    assert names(file) == ["Ana", "Ben", "Cy"]
    assert sentences(file) == [
        "line 3: a quotation mark is opened and not closed; "
        "put quotation marks around a cell that holds a comma, and double those inside it."
    ]


def test_two_stray_quotation_marks_do_not_swallow_the_rows_between_them() -> None:
    file = read(HEADER, 'C8,"Zoe,P8,2026-03-09 15:00,', ANA, BEN, 'C9,Yan",P9,2026-03-09 15:00,')
    assert names(file) == ["Ana", "Ben", 'Yan"']
    assert [line.line for line in file.lines if isinstance(line, RefusedLine)] == [2]


def test_stray_quotation_marks_in_a_column_nobody_reads_do_not_swallow_rows_either() -> None:
    header = HEADER.replace(",phone", ",note,phone")
    rows = [f"C{n},Ana{n},P{n},2026-03-09 14:30,{note}," for n, note in enumerate(["", '"so', "", 'it"', ""])]
    assert names(read(header, *rows)) == ["Ana0", "Ana2", "Ana3", "Ana4"]


def test_a_comma_without_quotes_is_refused_rather_than_read_one_column_off() -> None:
    file = read(HEADER, "C1,Ana, Maria,P1,2026-03-09 14:30,202-555-0123", BEN)
    assert names(file) == ["Ben"]
    assert sentences(file)[0].startswith(
        "line 2: has 6 cells where the first line names 5; put quotation marks"
    )


def test_a_missing_required_column_is_one_sentence() -> None:
    with pytest.raises(IntakeError) as refused:
        read("given_name,phone", "Ana,")
    assert str(refused.value) == (
        "The roster has no column patient_id, procedure_id and performed_at; "
        "its first line must name at least patient_id, given_name, procedure_id and performed_at."
    )


def test_a_column_named_twice_is_refused_but_only_if_it_is_one_we_read() -> None:
    with pytest.raises(IntakeError, match="names the column phone twice; keep one"):
        read(HEADER + ",Phone", ANA + ",")
    assert names(read(HEADER + ",room,room", ANA + ",1,2")) == ["Ana"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b",,,\n"])
def test_an_empty_file_is_one_sentence(data: bytes) -> None:
    with pytest.raises(IntakeError, match="The roster is empty; its first line must name the columns"):
        read_roster(data, NEW_YORK, NOW)


def test_every_problem_of_a_row_is_named_at_once() -> None:
    file = read(HEADER, "C1,,P1,31/12/2026,555-0123")
    assert sentences(file) == [
        "line 2: given_name: empty; every row needs one.",
        'line 2: phone "555-0123": has no area code; '
        "write it like +1 202 555 0123, or leave it empty when there is none.",
        'line 2: performed_at "31/12/2026": not a date we can read; '
        "write it like 2026-03-09 14:30 or 3/9/2026 2:30 PM.",
    ]


def test_a_refused_row_still_says_whose_place_is_empty() -> None:
    (line,) = read(HEADER, "C1,Ana,P1,2026-03-09 14:30,555").lines
    assert isinstance(line, RefusedLine)
    assert (line.procedure_id, str(line.performed_on)) == ("P1", "2026-03-09")


def test_a_long_cell_is_shown_short() -> None:
    (sentence,) = sentences(read(HEADER, f"C1,Ana,P1,2026-03-09 14:30,{'9' * 500}"))
    assert len(sentence) < 200
    assert "999..." in sentence


def test_nul_bytes_and_invisible_characters_do_not_reach_a_value() -> None:
    data = f"{HEADER}\nC1\x00,\u200bAna\u202e\u00a0 Maria,P1,2026-03-09\u202f14:30,\n".encode()
    (row,) = read_roster(data, NEW_YORK, NOW).lines
    assert isinstance(row, RosterRow)
    assert (row.patient_id, row.given_name) == ("C1", "Ana Maria")


def test_a_procedure_listed_twice_is_taken_once_when_both_lines_agree() -> None:
    file = read(HEADER, ANA, ANA, ANA.replace("14:30", "16:00"))
    assert [type(line) for line in file.lines] == [RosterRow, RosterRow, RefusedLine]
    assert sentences(file) == [
        'line 4: procedure_id "P1": an earlier line has the same procedure_id and says something else; '
        "keep the line that is right."
    ]


def test_rows_of_one_patient_that_disagree_take_the_later_word_and_say_so() -> None:
    file = read(HEADER, ANA, "C1,Anna,P9,2026-03-09 16:00,202-555-0199", "C1,Anna,P10,2026-03-09 17:00,")
    rows = [line for line in file.lines if isinstance(line, RosterRow)]
    assert {(r.given_name, r.phone) for r in rows} == {("Anna", "+12025550199")}
    assert file.notes == (
        "Lines 2 and 3 are one patient with a different given_name; line 3 was taken.",
        "Lines 2 and 3 are one patient with a different phone; line 3 was taken.",
    )


def test_a_misspelt_column_is_pointed_out() -> None:
    file = read(
        "patient_id,given_name,procedure_id,performed_at,phon,consents,room", "C1,Ana,P1,2026-03-09 14:30,,,"
    )
    assert file.notes == (
        'The column "phon" is not one we know and was ignored: is it phone?',
        'The column "consents" is not one we know and was ignored: is it consent?',
        "The roster has no column phone: new patients in it go to staff, nobody can text them.",
    )


def test_a_year_typed_wrong_is_taken_and_pointed_out() -> None:
    file = read(HEADER, ANA.replace("2026", "2062"))
    assert names(file) == ["Ana"]
    assert file.notes == ("line 2: performed_at lies more than a year ahead; is the year right?",)
