"""The pictures of the outcomes page: funnel, what each rung added, weekly answer rate.

Drawn by Matplotlib, because axes, ticks and labels that do not collide are work that it has done already,
and because one SVG file is the same picture on screen, on paper and in a PDF. It is large (a second to
load, some 55 MB), so it is imported when a picture is first asked for and never by the digest itself.
Letters are drawn as outlines: no font of the reader's machine changes the picture.
"""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, Any

from followup.digest.outcomes import Outcomes
from followup.digest.words import day_words
from followup.tongue import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = ("funnel", "rungs", "weeks")
_INK, _SOFT, _FAINT, _MARK = "#16181d", "#555b66", "#c9cdd4", "#0b4f8a"
_WIDE, _NARROW = (7.2, 2.6), (3.6, 2.6)  # inches; on a phone the wide one has letters of five pixels
_SETTINGS = {
    "svg.fonttype": "path",
    "svg.hashsalt": "followup",  # ids would be random, and two copies of one picture different files
    "font.family": "DejaVu Sans",  # comes with Matplotlib
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _SOFT,
    "xtick.color": _SOFT,
    "ytick.color": _INK,
    "hatch.linewidth": 0.6,
}
# A dark screen turns the drawing round, blue staying blue; paper is never dark.
_DARK = (
    "<style>@media screen and (prefers-color-scheme: dark)"
    "{svg{filter:invert(.93) hue-rotate(180deg)}}</style>"
)
_one_at_a_time = threading.Lock()  # Matplotlib's settings belong to the whole process


@lru_cache(maxsize=64)
def draw(name: str, outcomes: Outcomes, *, narrow: bool = False) -> str:
    """One of NAMES as an SVG document: the same bytes for the same numbers. Raises KeyError for another.

    `narrow`: for a phone's screen, half as wide with letters of the same size.
    """
    paint = {"funnel": _funnel, "rungs": _rungs, "weeks": _weeks}[name]
    with _one_at_a_time:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        with matplotlib.rc_context(_SETTINGS):  # type: ignore[arg-type]
            figure = Figure(figsize=_NARROW if narrow else _WIDE, layout="constrained")
            FigureCanvasSVG(figure)
            axes = figure.add_subplot()
            axes.spines[["top", "right"]].set_visible(False)
            paint(axes, outcomes, narrow)
            file = io.StringIO()
            nothing: dict[str, Any] = {"Date": None, "Creator": None, "Type": None, "Format": None}
            figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    return svg.replace("<defs>", f"{_DARK}\n<defs>", 1)


def said(name: str, outcomes: Outcomes) -> str:
    """The picture in words, for who cannot see it; the table beside it has every number."""
    if name == "funnel":
        steps = ", ".join(f"{step.name.lower()} {step.count}" for step in outcomes.funnel)
        return _("Funnel: {steps}.", steps=steps)
    if name == "rungs":
        parts = ", ".join(f"{rung.name.lower()} {rung.added}" for rung in outcomes.rungs)
        return _("Answers each step of the ladder added: {parts}.", parts=parts)
    known = [week.percent for week in outcomes.weeks if week.percent is not None]
    if not known:
        return _("Answered by week: nobody was asked yet.")
    return _(
        "Answered by week, {count} weeks: from {first} to {last} percent, median {median} percent.",
        count=len(known),
        first=known[0],
        last=known[-1],
        median=f"{median(known):g}",
    )


def _funnel(axes: Axes, outcomes: Outcomes, narrow: bool) -> None:
    steps = outcomes.funnel
    most = max(outcomes.procedures, 1)
    places = range(len(steps), 0, -1)
    axes.barh(list(places), [most] * len(steps), height=0.62, color="none", edgecolor=_FAINT, linewidth=0.8)
    axes.barh(list(places), [step.count for step in steps], height=0.62, color=_MARK)
    for place, step in zip(places, steps, strict=True):
        lost = sum(number for _why, number in step.lost)
        share = f"{100 * step.count // most} %" + (f"   −{lost}" if lost else "")
        axes.text(most * 1.015, place, f"{step.count}   {share}", va="center", ha="left")
    axes.set_yticks(list(places), [step.name for step in steps])
    axes.set_xlim(0, most * (1.6 if narrow else 1.22))  # room for the figures
    axes.set_xticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(length=0)


def _rungs(axes: Axes, outcomes: Outcomes, narrow: bool) -> None:
    """A staircase: each bar begins where the one above it ended."""
    rungs, most = outcomes.rungs, max(sum(rung.added for rung in outcomes.rungs), 1)
    begun = 0
    for place, rung in zip(range(len(rungs), 0, -1), rungs, strict=True):
        by_staff = rung.by_staff
        axes.barh(
            place, rung.added, left=begun, height=0.62, edgecolor=_MARK,
            color="none" if by_staff else _MARK, hatch="////" if by_staff else None,
        )  # fmt: skip
        axes.text(begun + rung.added + most * 0.015, place, f"+{rung.added}", va="center", ha="left")
        begun += rung.added
    axes.set_yticks(list(range(len(rungs), 0, -1)), [rung.name for rung in rungs])
    axes.set_xlim(0, most * (1.2 if narrow else 1.1))
    axes.set_xticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(length=0)


def _weeks(axes: Axes, outcomes: Outcomes, narrow: bool) -> None:
    known = [(place, week.percent) for place, week in enumerate(outcomes.weeks) if week.percent is not None]
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
    axes.set_xlim(-0.4, len(outcomes.weeks) * (1.4 if narrow else 1) + 0.3)
    axes.grid(axis="y", color=_FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)
    step = max(1, -(-len(outcomes.weeks) // (4 if narrow else 7)))
    shown = range(len(outcomes.weeks) - 1, -1, -step)
    axes.set_xticks(list(shown), [_week_name(outcomes, place) for place in shown])
    if not known:
        return
    middle = median(percent for _, percent in known)
    axes.axhline(middle, color=_SOFT, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.text(
        len(outcomes.weeks) - 0.6,
        middle + 2,
        _("median {share}", share=f"{middle:g} %"),
        color=_SOFT,
        va="bottom",
        ha="left",
    )
    axes.plot(*zip(*known, strict=True), color=_MARK, linewidth=1.6, marker="o", markersize=5)
    place, percent = known[-1]
    axes.text(place, percent + 5, f"{percent} %", ha="center", va="bottom", fontweight="bold")


def _week_name(outcomes: Outcomes, place: int) -> str:
    return day_words(outcomes.weeks[place].last).split(" ", 1)[1]
