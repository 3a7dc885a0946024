"""The digest for a terminal and for the plain part of whoever prints it: words and ASCII pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from followup.digest import figures, words
from followup.digest.model import Digest, Entry
from followup.digest.sections import Section, sections

WIDTH = 112
_SIGN = "[ ] agree  [ ] change"


def render_text(digest: Digest) -> str:
    """The page as plain text, at most 112 characters wide, ending with a line break."""
    late = words.waited_too_long(digest)
    lines = [
        *([f"! {late}"] if late else []),
        f"Follow-up digest  {words.day_words(digest.day)}, procedures of "
        f"{words.day_words(digest.procedures_of)}  ·  {digest.clinic_name}  ·  "
        f"made {digest.local_now:%a %H:%M}",
        words.counted(digest),
    ]
    lines += _headline(digest)
    bar = words.common_bar(digest.entries)
    for section in sections(digest):
        lines += _section(digest, section, bar)
        if section.name == "call_today":
            lines += _attention(digest)
    lines += [
        "",
        _legend(bar),
        "",
        *_wrapped(f"{figures.trend_title(digest).upper()}  {figures.trend(digest)}", ""),
    ]
    lines += [*_wrapped(figures.week_sum(digest), ""), figures.day_numbers(digest)]
    lines += [
        "Lowest score and hours are what patients remember the next day.",
        f"Questions to {words.phone(digest.callback_number)}. A provider decides; this page only proposes.",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def picture(entry: Entry) -> str:
    """'0 [  *-:--------n-o    ] 10': one character a half point; '' without a score."""
    marks = ((entry.baseline, "o"), (entry.now, "n"), (entry.best, "*"))
    known = [score for score, _ in marks if score is not None]
    if not known:
        return ""
    cells = [" "] * 21
    for place in range(_cell(min(known)), _cell(max(known)) + 1):
        cells[place] = "-"
    if entry.baseline:
        cells[_cell(entry.baseline * (100 - entry.bar) / 100)] = ":"
    for score, mark in marks:
        if score is not None:
            cells[_cell(score)] = mark
    return f"0 [{''.join(cells)}] 10"


def _cell(score: Decimal) -> int:
    """Rounded down: a score between two marks must not look as if it met a bar it missed."""
    return int(score * 2)


def _legend(bar: str) -> str:
    return "o before   * lowest   n now   : the bar   (left is less pain)" + (
        f"   rules {bar}" if bar else ""
    )


def _headline(digest: Digest) -> list[str]:
    if digest.reconciled:
        return []
    return ["", "!! DOES NOT ADD UP", *(f"   {sentence}" for sentence in digest.missing)]


def _section(digest: Digest, section: Section, bar: str) -> list[str]:
    mark = "! " if section.name == "call_now" and section.entries else ""
    note = f"  {section.note}" if section.note else ""
    lines = ["", f"{mark}{section.title.upper()} ({len(section.entries)}){note}"]
    show = {"call_now": _call_now, "call_today": _call_today, "waiting": _waiting, "closed": _closed}
    for order, entry in enumerate(section.entries, start=1):
        lines += show.get(section.name, partial(_proposed, bar))(digest, entry, order)
    if section.name == "call_today" and section.entries:
        window = words.number(section.entries[0].window_hours)
        lines += _wrapped("Script: " + words.SCRIPT.format(window=window), "  ")
    return lines


def _call_now(digest: Digest, entry: Entry, order: int) -> Iterator[str]:
    alert = entry.alert
    opened = alert.opened_at if alert else entry.proposed_at or digest.generated_at
    tier = "EMERGENCY " if alert and alert.tier == "E" else ""
    what = words.signs(alert.kind) if alert else words.why(entry)
    yield f"  {words.clock(opened, digest.zone, digest.day)}  {tier}{what}  ->  " + words.acknowledged(
        entry, digest.zone, digest.day
    )
    who = f"{_who(digest, entry)}  {words.phone(entry.phone)}{_language(entry)}"
    yield from _wrapped(f"{who}  {words.procedure(entry)}", "      ")
    yield from _said_and_to_do(entry)


def _call_today(digest: Digest, entry: Entry, order: int) -> Iterator[str]:
    who = f"{_who(digest, entry)}  {words.phone(entry.phone)}{_language(entry)}"
    yield from _wrapped(f"{order}.  {who}  {words.why(entry)}. {words.ask(entry)}", "  ", "      ")
    yield from _wrapped(f"tried: {words.tried(entry, digest.zone, digest.day)}", "      ")
    yield from _scores(entry)
    yield from _said_and_to_do(entry)


def _proposed(bar: str, digest: Digest, entry: Entry, order: int) -> Iterator[str]:
    first = f"  {_who(digest, entry)}  {words.procedure(entry)}"
    yield f"{first:<{WIDTH - len(_SIGN) - 2}}  {_SIGN}"
    yield from _scores(entry)
    yield from _wrapped(words.sentence(words.why(entry)) + ".", "      ")
    if cautioned := words.caution(entry):
        yield from _wrapped(f"{words.sentence(cautioned)}.", "      ")
    yield from _said_and_to_do(entry)
    yield from _wrapped(f"{words.sentence(words.behind(entry, bar))}.", "      ")


def _waiting(digest: Digest, entry: Entry, order: int) -> Iterator[str]:
    following = f", next {words.clock(entry.next_at, digest.zone, digest.day)}" if entry.next_at else ""
    tried = words.tried(entry, digest.zone, digest.day)
    yield from _wrapped(f"{_who(digest, entry)}  {tried}{following}", "  ", "      ")


def _closed(digest: Digest, entry: Entry, order: int) -> Iterator[str]:
    scores = f"  {words.scores(entry)}" if entry.now is not None else ""
    yield from _wrapped(f"{_who(digest, entry)}  {words.ended(entry)}{scores}", "  ", "      ")
    yield from _to_do(entry)


def _scores(entry: Entry) -> Iterator[str]:
    if entry.best is not None or entry.now is not None:
        relief = words.relief(entry)
        yield f"      {picture(entry)}  {words.scores(entry)}" + (f"  relief {relief}" if relief else "")


def _said_and_to_do(entry: Entry) -> Iterator[str]:
    for said in entry.own_words:
        yield from _wrapped(f'"{" ".join(said.split())}"', "      ")
    yield from _to_do(entry)


def _to_do(entry: Entry) -> Iterator[str]:
    for task in entry.to_do:
        yield from _wrapped(f"to do: {task}", "      ")


def _who(digest: Digest, entry: Entry) -> str:
    since = words.carried(entry, digest.day)
    return f"{entry.name} ({entry.chart})" + (f" {since}" if since else "")


def _language(entry: Entry) -> str:
    return " speaks Spanish" if entry.language == "es" else ""


def _attention(digest: Digest) -> list[str]:
    if not digest.attention:
        return []
    lines = ["", f"ALSO FOR THE FRONT DESK ({len(digest.attention)})"]
    for item in digest.attention:
        lines += _wrapped(f"{words.clock(item.at, digest.zone, digest.day)}  {item.words}", "  ", "         ")
    return lines


def _wrapped(text: str, indent: str, rest: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=rest or indent)
