"""Text, JSON, page and chart note: what each must say, and must not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from followup.digest import words
from followup.digest.model import Digest, Reconciliation
from followup.digest.note import chart_note, to_ascii
from followup.digest.picture import DRAWING, place
from followup.digest.render_html import render_html
from followup.digest.render_json import render_json
from followup.digest.render_text import WIDTH, render_text
from followup.digest.sections import sections
from followup.store import Store
from followup.store.models import Clinic

from .clinic_day import PARTIAL, REPEAT, WORSE, add_alert, add_case, answers, references
from .full_day import add_full_day

Build = Callable[..., Digest]
ENTRY_KEYS = {
    "patient_id", "procedure_id", "performed_at", "baseline", "best", "hours", "now", "pw", "pn",
    "disposition", "reason", "flags", "last_words", "attempts", "alert", "decision", "details",
}  # fmt: skip


@pytest.fixture
def full(store: Store, digest: Build) -> Digest:
    with store.write() as session:
        add_full_day(session)
    return digest()


def test_the_json_has_the_promised_shape(full: Digest) -> None:
    made = render_json(full)
    assert set(made) == {
        "clinic", "date", "generated_at", "procedures", "reconciled", "buckets", "attention", "cost",
        "details",
    }  # fmt: skip
    assert (made["clinic"], made["date"], made["generated_at"]) == (
        "harbor",
        "2026-03-10",
        "2026-03-10T20:30:00Z",
    )
    assert list(made["buckets"]) == [
        "urgent_call", "unreachable_call", "provider_review", "candidate_repeat", "candidate_further_testing",
        "waiting", "closed",
    ]  # fmt: skip
    for entries in made["buckets"].values():
        assert all(set(entry) == ENTRY_KEYS for entry in entries)
    assert set(made["cost"]) == {"segments", "calls", "amount", "currency", "per_completed"}
    assert re.fullmatch(r"\d+\.\d\d", made["cost"]["amount"])
    assert made["buckets"]["urgent_call"][0]["alert"] == {
        "tier": "E", "kind": "neuro", "opened_at": "2026-03-10T14:12:00Z",
        "acknowledged_at": "2026-03-10T14:20:00Z",
    }  # fmt: skip
    assert made["buckets"]["closed"][0]["decision"] == {
        "choice": "repeat", "by": "dr.k@harbor.example", "at": "2026-03-10T20:30:00Z",
    }  # fmt: skip


def test_whole_scores_are_whole_numbers_and_halves_stay_halves(full: Digest) -> None:
    repeat = {e["procedure_id"]: e for e in render_json(full)["buckets"]["candidate_repeat"]}
    assert [repr(repeat["P-14"][key]) for key in ("baseline", "best", "pw", "pn")] == [
        "8",
        "1.5",
        "81.25",
        "25",
    ]
    assert repr(repeat["P-17"]["pw"]) == "88.89"


def test_a_waiting_case_has_no_disposition_and_no_reason(full: Digest) -> None:
    for entry in render_json(full)["buckets"]["waiting"]:
        assert (entry["disposition"], entry["reason"]) == (None, None)


def test_a_percentage_is_cut_and_never_rounded_up_to_a_bar() -> None:
    assert [words.percent(p) for p in (79.96, 77.777, 80.0, 87.5, -50.0)] == [
        "79.9",
        "77.7",
        "80",
        "87.5",
        "-50",
    ]


def test_worse_pain_is_called_today_and_still_counted_in_its_bucket(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(session, clinic, 1, said=WORSE)
        add_case(session, clinic, 2, outcome="no_answer")
        add_case(session, clinic, 3, said=PARTIAL)
    made = digest()
    found = {s.name: references(s.entries) for s in sections(made)}
    assert (found["call_today"], found["review"]) == (["P-1", "P-2"], ["P-3"])
    assert references(made.buckets["provider_review"]) == ["P-1", "P-3"]


def test_candidates_are_sorted_by_relief(full: Digest) -> None:
    reliefs = [entry.pw or 0 for entry in full.buckets["candidate_repeat"]]
    assert reliefs == sorted(reliefs, reverse=True)


def test_every_entry_stands_in_exactly_one_section(full: Digest) -> None:
    shown = [entry.reference for section in sections(full) for entry in section.entries]
    assert sorted(shown) == sorted(entry.reference for entry in full.entries)


def test_the_text_fits_its_width_and_names_everybody(full: Digest) -> None:
    made = render_text(full)
    assert max(len(line) for line in made.splitlines()) <= WIDTH
    assert all(made.count(entry.name) == 1 for entry in full.entries)


def test_a_day_that_does_not_add_up_says_so_first(full: Digest) -> None:
    broken = replace(full, reconciliation=Reconciliation(False, {}, ["procedure P-17: no check-in"]))
    assert render_text(broken).splitlines()[3:5] == ["!! DOES NOT ADD UP", "   procedure P-17: no check-in"]
    assert render_json(broken)["reconciled"] is False
    html = render_html(broken, standalone=False)
    assert html.index("Does not add up") < html.index("Call now")


def test_a_day_without_check_ins_says_so(clinic: Clinic, digest: Build) -> None:
    assert "No check-ins are due on Tue 10 Mar" in render_html(digest(), standalone=False)
    assert render_text(digest()).splitlines()[1].startswith("0 = 0 urgent + 0 to call")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.opened


def test_what_patients_write_is_escaped(full: Digest) -> None:
    html = render_html(full, standalone=True)
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in html
    assert "Joy &lt;b&gt;Adeyemi&lt;/b&gt;" in html
    assert not [tag for tag, _ in tags(html) if tag in ("script", "b")]


def test_the_page_for_the_console_carries_no_inline_style_or_script(full: Digest) -> None:
    for tag, attributes in tags(render_html(full, standalone=False)):
        assert tag not in ("script", "style", "link"), tag
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag


def test_the_standalone_page_fetches_nothing(full: Digest) -> None:
    html = render_html(full, standalone=True)
    assert html.count("<style>") == 1
    assert not [tag for tag, attributes in tags(html) if "src" in attributes or "href" in attributes]
    assert "url(" not in html


def test_every_table_has_a_caption_and_every_picture_its_words(full: Digest) -> None:
    found = tags(render_html(full, standalone=False))
    assert sum(tag == "table" for tag, _ in found) == sum(tag == "caption" for tag, _ in found) == 5
    drawn = [
        attributes for tag, attributes in found if tag == "svg" and attributes.get("class") == "dumbbell"
    ]
    assert "before 8, lowest 1, now 7, bar at 1.6" in {picture["aria-label"] for picture in drawn}
    assert all(picture["role"] == "img" for picture in drawn)


def note_of(digest: Digest, reference: str) -> str:
    [entry] = [e for e in digest.entries if e.reference == reference]
    return chart_note(entry, digest.zone)


def test_a_chart_note_is_short_plain_ascii_and_the_same_each_time(full: Digest, digest: Build) -> None:
    later = digest(now=full.generated_at.replace(hour=23))
    for entry in full.entries:
        note = note_of(full, entry.reference)
        assert note.isascii()
        assert note.count("\n") <= 8
        assert note == note_of(later, entry.reference)


def test_a_chart_note_says_what_was_answered_and_leaves_the_decision_open(full: Digest) -> None:
    assert note_of(full, "P-12").splitlines() == [
        "Post-procedure pain follow-up, automated, 10 Mar 2026 10:22 (20 h after procedure)",
        "Lumbar facet injection 09 Mar 2026, L4-5 L5-S1 bilateral. Baseline 8/10, before procedure.",
        'Lowest 1/10, relief 87.5% for about 6 h. Now 7/10: "7, but it was great till dinner".',
        "Pain medicine in the window: none. Usual activity: yes. Warning-sign screen: negative.",
        "Proposal: candidate for confirmatory block (rule 15, facet-v1, bar 80%). "
        "Decision: ________ by ________",
    ]


def test_a_note_takes_accents_off_and_cuts_long_words_at_60(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_case(
            session,
            clinic,
            1,
            said=REPEAT,
            words="Sí, “7” — ¡me duele más por la mañana " + "y la noche " * 9,
        )
    note = note_of(digest(), "P-1")
    assert to_ascii("Sí, ¿qué?\nNúñez…") == "Si, que? Nunez..."
    [quoted] = re.findall(r'Now 7/10: "(.*)"\.', note)
    assert quoted.startswith("Si, '7' - me duele mas por la manana y la noche")
    assert len(quoted) <= 60


def test_a_note_tells_a_warning_from_a_negative_screen_and_from_silence(
    store: Store, clinic: Clinic, digest: Build
) -> None:
    with store.write() as session:
        add_alert(session, clinic, add_case(session, clinic, 1, said=answers(1, 6, 7)))
        add_case(session, clinic, 2, said=answers(1, 6, 7))
        add_case(session, clinic, 3, outcome="no_answer")
    screens = [re.findall(r"screen: (.*)\.", note_of(digest(), f"P-{n}")) for n in (1, 2, 3)]
    assert screens == [["positive"], ["negative"], ["not answered"]]


def test_the_drawing_says_where_none_half_and_worst_lie() -> None:
    """The templates draw the line from these; the marks come from `place`."""
    assert [place(Decimal(score)) for score in (0, 5, 10)] == [
        DRAWING["none"], DRAWING["half"], DRAWING["worst"],
    ]  # fmt: skip
    assert DRAWING["worst"] + DRAWING["none"] == DRAWING["width"]
