"""What a message asks, as an ordinary person would gather it: by a few words, in English or Spanish.

Deliberately not the product's own question list: a question so worded that these rules miss it, a patient may
miss too, and the simulated patients then fall silent where a test can see it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Question = Literal[
    "identity", "born", "which", "when", "medicine", "activity", "warning", "hours", "best", "now", "go_on"
]

_ACKNOWLEDGED = re.compile(r"^.{0,60}?\b(thanks|thank you|gracias)\b[^.?]*[.]\s*")
_TOMORROW = re.compile(r"\b(tomorrow|note your|anote)\b")
_YES_NO = re.compile(r"\by or n\b|\byes or no\b|\bsi o no\b|\b1 for yes\b|\b1 para si\b")
_SCALE = re.compile(r"\b(10|ten|diez)\b|\bone number\b|\buna (sola )?cifra\b|\bun solo numero\b")
# First match wins: every question about hours or lows also says "pain", and most say "hours".
_RULES: list[tuple[Question, re.Pattern[str], re.Pattern[str] | None]] = [
    ("identity", re.compile(r"\b(speaking with|is this|hablo con|hablamos con)\b"), _YES_NO),
    ("born", re.compile(r"\byear you were born\b|\bano en que nacio\b"), None),
    ("which", re.compile(r"\bwhich one do you have\b|\bque es lo que siente\b"), None),
    ("go_on", re.compile(r"\bto go on, press 1\b|\bpara seguir, oprima 1\b"), None),
    ("when", re.compile(r"\bnot sure\b|\bno esta seguro\b|\bdespues o no se\b"), None),
    ("medicine", re.compile(r"\bmedicin[ea]|\bmedicamento|\bpain pill"), _YES_NO),
    ("activity", re.compile(r"\bactivit|\bactividad"), _YES_NO),
    ("warning", re.compile(r"\bfever\b|\bfiebre\b"), _YES_NO),
    (
        "hours",
        re.compile(
            r"\bhow many hours\b|\bhow long\b|\bnumber of hours\b"
            r"|\bpor que tiempo\b|\bcuantas horas\b|\bcuanto duro\b|\bsolo las horas\b|\bnumero de horas\b"
        ),
        None,
    ),
    ("best", re.compile(r"\blowest\b|\bmenor\b|\bmas bajo\b"), _SCALE),
    ("now", re.compile(r"\bnow\b|\btoday\b|\bahora\b|\ben este momento\b|\bhoy\b"), _SCALE),
]


def asked(text: str) -> Question | None:
    """The question in a message, or None: thanks, a goodbye and "we ask tomorrow" want no answer."""
    plain = _ACKNOWLEDGED.sub("", fold(text))
    if _TOMORROW.search(plain):
        return None
    for question, words, also in _RULES:
        if words.search(plain) and (also is None or also.search(plain)):
            return question
    return None


def fold(text: str) -> str:
    """Lower case, without accents, single spaces."""
    bare = unicodedata.normalize("NFD", text.lower())
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())
