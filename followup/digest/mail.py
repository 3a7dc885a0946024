"""The digest's e-mail: counts, a date and a link that needs a sign-in. Nothing else can get into it.

Mail is read on locked screens and forwarded; so it is safe by construction and not by care. The templates
are given whole numbers, a date and the clinic's own address, and never a digest.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from followup.digest.model import Digest
from followup.digest.paper import templates
from followup.digest.words import day_words
from followup.outreach.mail import HTML_MARK
from followup.store import mark


@dataclass(frozen=True, slots=True)
class Counts:
    """All that a mail knows. missing: above 0 the day does not add up. other: matters without a case."""

    total: int
    urgent: int
    to_call: int
    to_review: int
    to_sign: int
    waiting: int
    closed: int
    other: int
    missing: int


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    body: str  # the plain part, HTML_MARK, the HTML part


def count(digest: Digest) -> Counts:
    """The counts of the buckets; "to sign" are both kinds of candidates, which a mail must not tell apart."""
    size = {name: len(found) for name, found in digest.buckets.items()}
    return Counts(
        total=len(digest.entries),
        urgent=size["urgent_call"],
        to_call=size["unreachable_call"],
        to_review=size["provider_review"],
        to_sign=size["candidate_repeat"] + size["candidate_further_testing"],
        waiting=size["waiting"],
        closed=size["closed"],
        other=len(digest.attention),
        missing=len(digest.missing),
    )


def compose(counts: Counts, day: date, link: str) -> Mail:
    """The mail for the list of `day`; `link` is the console's address, "" when the clinic gave none."""
    known = {**asdict(counts), "adds_up": counts.missing == 0, "day": day_words(day), "link": link}
    subject, plain, html = (
        templates().get_template(name).render(known).strip()
        for name in ("mail_subject.txt", "mail.txt", "mail.html")
    )
    return Mail(subject, f"{plain}\n{HTML_MARK}{html}\n")


def mail_key(clinic: str, which: str, address: str) -> str:
    """The `dedupe` of one mail: clinic, day and slot ("2026-03-10:0730"), recipient."""
    return f"digest:{clinic}:{which}:{mark(address)}"
