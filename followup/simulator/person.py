"""Patients who answer on their own: each knows how it went, reads what is asked, and has a temper.

What a person knows (`truth`) is never told to the product except in their own answers, so a day's digest can
be held against it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from . import wordings
from .asked import Question, asked
from .scripts import Line, Ring
from .wordings import Language

Temper = Literal[
    "plain", "ranger", "slips", "muddled", "sore", "reminder_only", "silent", "stops", "refuses",
    "wrong_person", "landline", "unreachable", "red_flag", "warned", "wants_call", "thinks_again",
    "slow", "hangs_up", "misses_first", "machine", "never_there", "stars", "not_me", "stops_calls",
]  # fmt: skip
Medicine = Literal["none", "window", "after"]
PATIENCE = 5  # askings of one question before a person lets it be
BY_TEXT_ONLY: frozenset[Temper] = frozenset({"wrong_person", "stops", "refuses"})


@dataclass(frozen=True)
class Truth:
    """How it really went: pain now and at its best (0 to 10), hours of relief, medicine, usual activity.

    `warning` is the sign they have, in their words; "" for none.
    """

    baseline: float
    now: float
    best: float
    hours: float
    medicine: Medicine
    activity: bool
    warning: str = ""


@dataclass
class Person:
    number: str
    given_name: str
    family_name: str
    language: Language
    channel: Literal["text", "call"]
    temper: Temper
    truth: Truth
    patient_id: str
    agent: str = "lidocaine"
    birth_year: int = 1955
    consent: bool = True
    has_phone: bool = True  # on the roster
    seed: object = 0
    _asked: Counter[str] = field(default_factory=Counter)
    _texts: int = 0
    _rung: int = 0
    _done: bool = False

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed}:{self.number}")  # noqa: S311 - reproducible, not secret

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def line(self) -> Line:
        if self.temper == "landline":
            return "landline"
        return "unreachable" if self.temper == "unreachable" else "mobile"

    # By text

    def text_arrived(self, text: str, at: datetime) -> Sequence[tuple[float, str]]:
        """Seconds until the reply, and the reply; nothing when they would not answer this."""
        self._texts += 1
        question = asked(text)
        if self._done or self.temper == "silent":
            return []
        if question is None:
            return self._politeness()
        self._asked[question] += 1
        words = self._reply(question) if self._asked[question] <= PATIENCE else ""
        if not words:
            return []
        median = 240 if len(self._asked) == 1 else 45
        delay = min(3600.0, median * self._dice.lognormvariate(0, 0.9))
        replies = [(round(delay), words)]
        if self.temper == "thinks_again" and question == "now" and self._asked["now"] == 1:
            # Once more, before the next question was read: "Sorry, 6".
            changed = "Sorry, {n}" if self.language == "en" else "Perdon, {n}"
            replies = [
                (replies[0][0], wordings.number(min(10, self.truth.now + 1))),
                (replies[0][0] + 25, changed.format(n=wordings.number(self.truth.now))),
            ]
        return replies

    def _politeness(self) -> Sequence[tuple[float, str]]:
        """Some say thank you at the end, once."""
        if self._asked and self._dice.random() < 0.15:
            self._done = True
            return [(40, self._dice.choice(wordings.THANKS[self.language]))]
        return []

    def _reply(self, question: Question) -> str:
        """By temper first; whoever has nothing special to say answers the question."""
        language, dice, nth = self.language, self._dice, self._asked[question]
        if self.temper == "reminder_only" and self._texts == 1:
            return ""
        if self.temper in BY_TEXT_ONLY or self.temper == "wants_call":
            self._done = True
            choices = {
                "stops": wordings.REFUSALS[language][:1],
                "refuses": wordings.REFUSALS[language][1:],
                "wrong_person": wordings.WRONG[language],
            }
            return dice.choice(choices.get(self.temper, [wordings.CALL_ME[language]]))
        if question in ("now", "best"):
            value = self.truth.now if question == "now" else self.truth.best
            if self.temper == "red_flag" and question == "now" and nth == 1:
                return self.truth.warning
            if self.temper == "muddled" and question == "now":
                return dice.choice(wordings.MUDDLED[language])
            if nth > 1:
                return wordings.number(value)
            if self.temper == "ranger":
                return wordings.span(value)
            if self.temper == "slips":
                return wordings.slip(value, language)
            if self.temper == "sore" and question == "now":
                return wordings.SORE[language]
            return wordings.score(value, language, dice, question)
        if question == "hours":
            return wordings.hours(self.truth.hours, language, dice)
        if question == "when":
            return dice.choice(wordings.WHEN[language][self._when()])
        if question == "which":
            return self.truth.warning
        return dice.choice((wordings.YES if self._yes(question) else wordings.NO)[language])

    def _yes(self, question: Question) -> bool:
        if question == "medicine":
            return self.truth.medicine != "none"
        if question == "activity":
            return self.truth.activity
        if question == "warning":
            return bool(self.truth.warning)
        return self.temper not in ("wrong_person", "not_me")  # identity

    def _when(self) -> str:
        return "unsure" if self.truth.medicine == "none" else self.truth.medicine

    # By phone

    def rings(self, at: datetime) -> Ring:
        self._rung += 1
        after = float(self._dice.randint(4, 18))
        if self.temper == "machine" or (self.temper == "silent" and self._dice.random() < 0.4):
            return Ring("machine", after=after, greeting=float(self._dice.randint(6, 14)))
        if self.temper in ("never_there", "unreachable"):
            return Ring("ring")
        if self.temper == "misses_first" and self._rung == 1:
            return Ring(self._dice.choice(["ring", "busy"]))
        if self.temper == "silent" and self._dice.random() < 0.4:
            return Ring("ring")
        return Ring("answer", after=after)

    def hears(self, words: str, seconds: float, at: datetime) -> Sequence[tuple[float, str]]:
        """Keys come a moment after the words have ended; a slow hand needs longer, up to eight seconds."""
        question = asked(words)
        if question is None:
            return []
        self._asked[f"call {question}"] += 1
        pause = self._dice.uniform(5, 8) if self.temper == "slow" else self._dice.uniform(0.8, 3)
        act = self._keys(question)
        return [(seconds + round(pause, 1), act)] if act else []

    def _keys(self, question: Question) -> str:
        nth = self._asked[f"call {question}"]
        if question == "identity":
            return {"stops_calls": "3", "not_me": "2", "wrong_person": "2"}.get(self.temper, "1")
        if question == "born":
            return str(self.birth_year)
        if self.temper == "hangs_up" and self._rung == 1 and question not in ("now",):
            return "hang up"
        if self.temper == "stars" and nth == 1:
            return "*"
        if self.temper == "muddled" and question == "now":
            return ""
        if question in ("now", "best"):
            value = self.truth.now if question == "now" else self.truth.best
            return wordings.keys_for_score(value, self._dice)
        if question == "hours":
            return f"{int(self.truth.hours + 0.5)}#"
        if question == "when":
            return {"window": "1", "after": "2", "unsure": "3"}[self._when()]
        if question in ("which", "go_on"):
            return "1"
        return "1" if self._yes(question) else "2"
