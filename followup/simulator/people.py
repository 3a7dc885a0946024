"""A cast of invented patients for a day, and the roster file that brings them to the product.

Everybody is made up: names from short lists, 555-01xx numbers, which no telephone company gives out.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import repeat
from typing import Literal

from .person import Medicine, Person, Temper, Truth
from .wordings import FLAGS, Language

Channel = Literal["text", "call"]
TEXT: Channel = "text"
CALL: Channel = "call"
MEDICINE: list[Medicine] = ["none", "window", "after"]
AREAS = (
    212, 215, 216, 301, 302, 303, 305, 310, 312, 313, 314, 401, 402, 404, 405, 410, 412, 413, 414, 415,
    501, 502, 503, 504, 505, 508, 512, 513, 601, 602, 603, 605, 608, 612, 614, 615, 617, 701, 702, 703,
)  # fmt: skip
GIVEN: dict[Language, tuple[str, ...]] = {
    "en": ("Maria", "James", "Linda", "Robert", "Susan", "David", "Nancy", "Walter", "Ruth", "George",
           "Helen", "Frank", "Alice", "Henry", "Grace", "Paul", "Joan", "Carl", "Rose", "Amir", "Mei", "Zoë"),
    "es": ("José", "Carmen", "Luis", "Rosa", "Ángel", "Lucía", "Héctor", "Begoña", "Raúl", "Inés"),
}  # fmt: skip
FAMILY = (
    "Okafor", "Nguyen", "Smith", "O'Brien", "Garcia", "Núñez", "Kowalski", "Haddad", "Johnson", "de la Cruz",
    "Brown", "Patel", "Miller", "Peña", "Lewis", "Muñoz", "Clark", "Ibrahim", "Walker", "Young-Ross",
)  # fmt: skip
# How many in a hundred; what is left is plain. In a cast of 20 and more each comes at least once.
TEXT_TEMPERS: dict[Temper, int] = {
    "silent": 7, "reminder_only": 8, "ranger": 5, "slips": 4, "muddled": 2, "sore": 2, "stops": 2,
    "refuses": 1, "wrong_person": 2, "landline": 3, "unreachable": 2, "red_flag": 1, "warned": 1,
    "wants_call": 1, "thinks_again": 2,
}  # fmt: skip
CALL_TEMPERS: dict[Temper, int] = {
    "misses_first": 10, "machine": 10, "never_there": 5, "hangs_up": 6, "slow": 8, "stars": 5, "not_me": 3,
    "stops_calls": 3, "warned": 2,
}  # fmt: skip
COLUMNS = (
    "patient_id", "given_name", "family_name", "phone", "language", "channel", "timezone", "consent",
    "birth_year", "blood_thinner", "procedure_id", "performed_at", "status", "kind", "levels", "side",
    "intent", "agent", "steroid", "sedation", "provider", "baseline_score", "post_score", "prior_positive",
    "sessions_12m",
)  # fmt: skip


def cast(n: int, seed: int, calls_share: float = 0.33) -> list[Person]:
    """`n` patients (up to 4000), the same for the same seed; about `calls_share` of them prefer a call.

    From 20 on, one has not consented and one is on the roster without a phone.
    """
    if not 0 < n <= len(AREAS) * 100:
        raise ValueError(f"a cast has 1 to {len(AREAS) * 100} people, not {n}")
    dice = random.Random(f"cast:{seed}")  # noqa: S311 - reproducible, not secret
    calls = round(n * calls_share)
    channels: list[Channel] = [*repeat(CALL, calls), *repeat(TEXT, n - calls)]
    dice.shuffle(channels)
    tempers = {
        "text": _deck(TEXT_TEMPERS, n - calls, n >= 20, dice),
        "call": _deck(CALL_TEMPERS, calls, n >= 20, dice),
    }
    people = [_person(i, channel, next(tempers[channel]), seed, dice) for i, channel in enumerate(channels)]
    if n >= 20:
        plain = [person for person in people if person.temper == "plain"]
        if len(plain) > 2:
            plain[0].consent = False
            plain[1].has_phone = False
    return people


def _deck(shares: dict[Temper, int], n: int, each: bool, dice: random.Random) -> Iterator[Temper]:
    """Tempers for `n` people, in their shares, shuffled."""
    deck: list[Temper] = []
    for temper, share in shares.items():
        deck += [temper] * max(round(n * share / 100), 1 if each else 0)
    deck = deck[:n]
    deck += ["plain"] * (n - len(deck))
    dice.shuffle(deck)
    return iter(deck)


def _person(i: int, channel: Channel, temper: Temper, seed: int, dice: random.Random) -> Person:
    language: Language = "es" if dice.random() < 0.2 else "en"
    return Person(
        number=f"+1{AREAS[i % len(AREAS)]}5550{100 + i // len(AREAS)}",
        given_name=dice.choice(GIVEN[language]),
        family_name=dice.choice(FAMILY),
        language=language,
        channel=channel,
        temper=temper,
        truth=_truth(temper, language, dice),
        patient_id=f"P{i + 1:04d}",
        agent=dice.choice(["lidocaine", "bupivacaine"]),
        birth_year=dice.randint(1938, 1985),
        seed=seed,
    )


def _truth(temper: Temper, language: Language, dice: random.Random) -> Truth:
    """Half of them had good relief, some a part of it, the rest little; next day most of the pain is back."""
    baseline = dice.choice([5, 6, 6, 7, 7, 7, 8, 8, 9])
    kind = dice.random()
    if kind < 0.45:
        best, hours = dice.choice([0, 0, 1]), dice.randint(2, 10)
    elif kind < 0.65:
        best, hours = round(baseline * dice.uniform(0.25, 0.45)), dice.randint(1, 6)
    else:
        best, hours = dice.randint(max(1, baseline - 2), baseline), dice.choice([0, 1, 1, 2])
    now = min(10, max(best, baseline + dice.choice([-4, -3, -2, -1, -1, 0, 0, 1])))
    warned = temper in ("red_flag", "warned")
    return Truth(
        baseline=baseline,
        now=now,
        best=best,
        hours=hours,
        medicine=dice.choices(MEDICINE, [70, 12, 18])[0],
        activity=dice.random() < 0.85,
        warning=dice.choice(FLAGS[language]) if warned else "",
    )


def roster_rows(
    people: Sequence[Person],
    performed_on: date,
    zone: str = "",
    starts: time = time(8, 0),
    every_minutes: int = 8,
) -> str:
    """The clinic's roster file for them as CSV text: one procedure each, on local day `performed_on`.

    `zone` (an IANA name) goes into the timezone column of all; "" leaves it to the clinic's.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for i, person in enumerate(people):
        at = datetime.combine(performed_on, starts) + timedelta(minutes=i * every_minutes % 540)
        dice = random.Random(f"roster:{person.seed}:{person.number}")  # noqa: S311 - not secret
        writer.writerow({**_row(person, at, dice), "timezone": zone})
    return out.getvalue()


def _row(person: Person, at: datetime, dice: random.Random) -> dict[str, str]:
    therapeutic = dice.random() < 0.08
    return {
        "patient_id": person.patient_id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "phone": _typed(person.number, dice) if person.has_phone else "",
        "language": person.language,
        "channel": person.channel,
        "consent": "yes" if person.consent else "no",
        "birth_year": str(person.birth_year),
        "blood_thinner": "yes" if dice.random() < 0.1 else "no",
        "procedure_id": f"{person.patient_id}-{at:%y%m%d}",
        "performed_at": f"{at:%Y-%m-%d %H:%M}",
        "status": "performed",
        "kind": dice.choice(["facet", "facet", "mbb"]),
        "levels": dice.choice(["L4-L5;L5-S1", "L3-L4;L4-L5", "L5-S1"]),
        "side": dice.choice(["left", "right", "both"]),
        "intent": "therapeutic" if therapeutic else "diagnostic",
        "agent": person.agent,
        "steroid": "yes" if therapeutic else "no",
        "sedation": "yes" if dice.random() < 0.1 else "no",
        "provider": dice.choice(["Dr K", "Dr M"]),
        "baseline_score": f"{person.truth.baseline:g}",
        "prior_positive": "yes" if dice.random() < 0.2 else "no",
        "sessions_12m": str(dice.choice([1, 1, 1, 2, 2, 3])),
    }


def _typed(number: str, dice: random.Random) -> str:
    """A US number as a front desk types it."""
    area, exchange, line = number[2:5], number[5:8], number[8:]
    return dice.choice(
        [
            number,
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            f"{area}{exchange}{line}",
        ]
    )
