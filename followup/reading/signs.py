"""The scan for warnings. It needs no question, no database and no clock, so it works when nothing else does.

A sign is a row of words/signs.toml. What a negative governs ("no fever, chills or numbness") is denied:
kept for staff, never fired. When in doubt a sign is reported, because staff can tell and a reader cannot.
"""

from __future__ import annotations

from .model import Sign
from .page import Page, ends_sentence, open_page
from .phrases import Hit
from .vocabulary import vocabulary

_AND = frozenset(["and", "y", "e", "&", "plus"])
_OR = frozenset(["or", "nor", "ni", "o", "u", "/"])
_NEGATORS = frozenset(
    word
    for line in (
        "no not never without denies denied deny denying neither nor nope nah none negative zero",
        "dont doesnt didnt havent hasnt hadnt isnt arent wasnt werent aint",
        "sin ni nunca tampoco jamas ningun ninguna ninguno cero niega nego negativo nada",
    )
    for word in line.split()
)


def scan(text: str, *, blood_thinner: bool = False) -> tuple[Sign, ...]:
    """The warnings in a text, reported and denied, in the order they stand there.

    `blood_thinner` (from the roster) raises bleeding, a fall and unbearable pain to tier E: an epidural
    haematoma shows itself by pain first (PMC2966734).
    """
    return scan_page(open_page(text), blood_thinner=blood_thinner)


def scan_page(page: Page, *, blood_thinner: bool = False) -> tuple[Sign, ...]:
    known = vocabulary()
    scopes = _negated(page)
    spans: dict[str, list[tuple[Hit, bool]]] = {}
    for name in known.signs:
        for hit in page.clear_of("sign." + name, "unsign." + name):
            spans.setdefault(name, []).append((hit, _is_denied(page, hit, scopes)))
    for name, hit in _measured(page):
        spans.setdefault(name, []).append((hit, False))
    reported = {name for name, hits in spans.items() if any(not denied for _, denied in hits)}
    reported_flags = {known.signs[name].flag for name in reported}
    signs = [
        _sign(page, name, hit, denied, reported | reported_flags, blood_thinner)
        for name, hits in spans.items()
        for hit, denied in hits
    ]
    return tuple(sorted(signs, key=lambda s: (s.start, s.end, s.name)))


def flags_of(signs: tuple[Sign, ...]) -> tuple[str, ...]:
    return tuple(sorted({s.flag for s in signs if s.flag and not s.denied}))


def _sign(page: Page, name: str, hit: Hit, denied: bool, reported: set[str], thinner: bool) -> Sign:
    row = vocabulary().signs[name]
    raised = not denied and (
        any(other in reported for other in row.raised_by) or (thinner and row.raised_by_thinner)
    )
    span = page.why(name, hit.start, hit.end)
    return Sign(
        name, row.flag, "E" if raised else row.tier, row.suicidal, denied, span.text, span.start, span.end
    )


def _is_denied(page: Page, hit: Hit, scopes: list[bool]) -> bool:
    """Denied by a negative before it, or by "fever? no" after it.

    A sign that itself begins with a negative ("no feeling in my foot", "cant pee") is the symptom.
    """
    if page.items[hit.start].text not in _NEGATORS and scopes[hit.start]:
        return True
    at = hit.end
    while at < len(page.items) and page.items[at].text in ("?", ":", "-", "=", ",", "is", "("):
        at += 1
    if at >= len(page.items) or at not in page.starts("postfix_no"):
        return False
    following = page.items[at + 1] if at + 1 < len(page.items) else None
    asked = any(page.items[k].text in "?:=-" for k in range(hit.end, at))
    directly = at == hit.end
    return (asked or directly) and (following is None or following.is_mark)


def _negated(page: Page) -> list[bool]:
    """For each item, whether a negative before it still governs it.

    The scope runs on over lists and ends at the end of a sentence, at but/except/pero/aunque, at a
    number, where a new statement begins ("..., I have", "y mi pierna"), and after a comma when the
    word denied was no symptom at all ("not feeling good, fever").
    """
    known = vocabulary()
    contrast = page.starts("contrast")
    affirm = page.starts("affirm")
    weak = page.covered("weak_negator")
    signs = page.signs_at
    opens_sign = {start for start, _ in page.sign_spans}
    scopes: list[bool] = []
    open_, symptom, joined, answer_only = False, False, False, False
    for at, item in enumerate(page.items):
        if ends_sentence(item) or at in contrast or item.kind == "number":
            open_ = False
        elif item.text in _NEGATORS and at not in weak and at not in opens_sign:
            open_, symptom, joined, answer_only = True, False, False, True
            scopes.append(False)
            continue
        elif open_ and (item.is_mark or item.text in _AND):
            # "No, fever and chills" answers first and reports then
            if (answer_only and item.is_mark) or not symptom:
                open_ = False
            joined = True
        elif open_ and joined and at in affirm:
            open_ = False
        elif open_ and item.text not in _OR:
            joined = False
            symptom = symptom or at in signs or item.text in known.symptoms
        if not item.is_mark:
            answer_only = False
        scopes.append(open_)
    return scopes


_NOT_A_READING = frozenset(["%", "percent", "am", "pm", "units", "mg", "unidades"])


def _measured(page: Page) -> list[tuple[str, Hit]]:
    """Temperatures and sugar readings, judged by their number."""
    limits = vocabulary().limits
    found: list[tuple[str, Hit]] = []
    temperature = bool(page.found("temperature"))
    sugar = bool(page.found("sugar"))
    for at, item in enumerate(page.items):
        value = item.value
        if item.kind != "number" or value is None:
            continue
        hit = Hit("measured", at, at + 1)
        following = page.items[at + 1].text if at + 1 < len(page.items) else ""
        warm = temperature or following in ("f", "c", "°", "º")
        # A decimal such as 38.4 has no other meaning here: scores are whole or half points up to 10.
        warm = warm or (value % 1 > 0 and item.text.replace(",", ".").count(".") == 1)
        fahrenheit = limits["fever_f"] <= value <= 110 and warm
        celsius = limits["fever_c"] <= value <= 43 and warm and following not in ("f",)
        if fahrenheit or celsius:
            found.append(("fever", hit))
        elif sugar and _near(page, "sugar", at) and following not in _NOT_A_READING:
            low, high = 20 <= value < limits["sugar_low"], limits["sugar_high"] <= value < 1500
            found += [("sugar", hit)] if low or high else []
    return found


def _near(page: Page, label: str, at: int) -> bool:
    return any(0 <= at - h.end <= 8 or 0 <= h.start - at <= 3 for h in page.found(label))
