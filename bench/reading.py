"""How well replies are read: exact match, precision and recall, misreads, flags, opt-outs, time.

    python bench/reading.py [FILE.jsonl ...]

A file holds one JSON object a line: id, lang, question, channel, text, expect {intent, value, approx, flags}.
Without a file it measures dev.jsonl, own.jsonl and strangers.jsonl of tests/reading, and
../shared/replies/peers.jsonl where that exists. Beside the reader stand two rules on the same file: the first
number in the text, and the first number after text2num has turned number words into digits.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from text_to_num import alpha2digit

from followup.reading import read

ROOT = Path(__file__).parent.parent
FILES = (
    ROOT / "tests/reading/dev.jsonl",
    ROOT / "tests/reading/own.jsonl",
    ROOT / "tests/reading/strangers.jsonl",
    ROOT.parent / "shared/replies/peers.jsonl",
)
NUMERIC = ("pain_now", "pain_best", "relief_hours")

Answer = tuple[str, object, bool, tuple[str, ...]]
Rule = Callable[[dict[str, Any]], Answer]


def ours(row: dict[str, Any]) -> Answer:
    reading = read(row["question"], row["channel"], row["lang"], row["text"])
    return reading.intent, reading.value, reading.approx, reading.flags


def first_number(row: dict[str, Any]) -> Answer:
    return _from_number(row, row["text"])


def text2num(row: dict[str, Any]) -> Answer:
    return _from_number(row, alpha2digit(row["text"], row["lang"]))


def _from_number(row: dict[str, Any], text: str) -> Answer:
    match = re.search(r"\d+(?:[.,]\d+)?", text)
    top = 48 if row["question"] == "relief_hours" else 10
    value = float(match.group().replace(",", ".")) if match else None
    if row["question"] not in NUMERIC or value is None or value > top:
        return "unclear", None, False, ()
    return "answer", value, False, ()


def wanted(row: dict[str, Any]) -> Answer:
    expect = row["expect"]
    return expect["intent"], expect["value"], bool(expect.get("approx")), tuple(sorted(expect["flags"]))


def same(a: Answer, b: Answer) -> bool:
    return a == b and isinstance(a[1], bool) == isinstance(b[1], bool)


def figures(rows: list[dict[str, Any]], rule: Rule) -> dict[str, float]:
    got = [(wanted(row), rule(row)) for row in rows]
    said = [(w, g) for w, g in got if g[1] is not None]
    right = sum(w[1] == g[1] and isinstance(w[1], bool) == isinstance(g[1], bool) for w, g in said)
    values = sum(w[1] is not None for w, _ in got)
    outs = [(w, g) for w, g in got if w[0] == "opt_out"]
    flags = [(set(w[3]), set(g[3])) for w, g in got]
    return {
        "n": len(rows),
        "exact %": _percent(sum(same(w, g) for w, g in got), len(got)),
        "precision %": _percent(right, len(said)),
        "recall %": _percent(right, values),
        "misreads": len(said) - right,
        "flags missed": sum(len(w - g) for w, g in flags),
        "flags extra": sum(len(g - w) for w, g in flags),
        "opt-outs %": _percent(sum(g[0] == "opt_out" for _, g in outs), len(outs)),
        "opt-outs extra": sum(g[0] == "opt_out" and w[0] != "opt_out" for w, g in got),
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 100.0


def microseconds(rows: list[dict[str, Any]]) -> float:
    for row in rows:  # the first pass builds what is kept
        ours(row)
    start = time.perf_counter()
    for row in rows:
        ours(row)
    return (time.perf_counter() - start) / len(rows) * 1e6


def table(lines: Iterable[tuple[str, dict[str, float]]]) -> None:
    heads: list[str] = []
    for name, row in lines:
        if not heads:
            heads = list(row)
            print(f"{'':34}" + "".join(f"{head:>16}" for head in heads))
        print(f"{name:34}" + "".join(f"{row[head]:>16g}" for head in heads))


def measure(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    print(f"\n{path.name}: {len(rows)} replies, {microseconds(rows):.0f} µs a reply")
    groups = sorted({(row["lang"], row["question"]) for row in rows})
    lines = [("followup.reading", figures(rows, ours))]
    lines += [
        ("first number in the text", figures(rows, first_number)),
        ("text2num, then first number", figures(rows, text2num)),
    ]
    for lang, question in groups:
        part = [row for row in rows if (row["lang"], row["question"]) == (lang, question)]
        lines.append((f"  {lang} {question}", figures(part, ours)))
    table(lines)
    for row in rows:
        if not same(wanted(row), ours(row)):
            print("  missed", row.get("id"), row["question"], repr(row["text"]), wanted(row), ours(row))


def main(arguments: list[str]) -> None:
    for path in [Path(argument) for argument in arguments] or FILES:
        if path.exists():
            measure(path)
        else:
            print(f"\n{path.name}: not here, left out")


if __name__ == "__main__":
    main(sys.argv[1:])
