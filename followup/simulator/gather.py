"""What a `<Gather>` does with keys, speech and silence (Twilio: Gather). Pure: the caller keeps time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .twiml import Verb

Next = Literal["wait", "submit", "nothing"]


@dataclass
class Gather:
    """One running Gather.

    `timeout` is seconds to the first key and between keys; `digits` what was keyed, without the finishing
    key; `limit` submits at once at that many keys (None: no limit).
    """

    verb: Verb
    takes_keys: bool
    takes_speech: bool
    timeout: float
    speech_timeout: float
    finish: str
    limit: int | None
    submits_nothing: bool
    digits: str = ""
    finished_by: str = ""
    speech: str = ""

    @classmethod
    def of(cls, verb: Verb) -> Gather:
        kinds = verb.get("input", "dtmf").split()
        timeout = seconds(verb.get("timeout"), 5.0)
        limit = verb.get("numDigits")
        return cls(
            verb=verb,
            takes_keys="dtmf" in kinds,
            takes_speech="speech" in kinds,
            timeout=timeout,
            speech_timeout=seconds(verb.get("speechTimeout"), timeout),
            finish=verb.get("finishOnKey", "#"),
            limit=int(limit) if limit.isdigit() else None,
            submits_nothing=verb.get("actionOnEmptyResult") == "true",
        )

    def key(self, key: str) -> Next:
        """One key. The finishing key is not among the digits; with nothing before it, nothing was entered."""
        if not self.takes_keys or self.speech:
            return "wait"
        if self.finish and key in self.finish:
            self.finished_by = key
            return "submit" if self.digits else self.silence()
        self.digits += key
        return "submit" if self.limit and len(self.digits) >= self.limit else "wait"

    def words(self, words: str) -> bool:
        """Words said; whether they count. The kind detected first wins: after a key they do not."""
        if not self.takes_speech or self.digits:
            return False
        self.speech = words
        return True

    def silence(self) -> Next:
        """The timeout passed."""
        if self.digits or self.speech:
            return "submit"
        return "submit" if self.submits_nothing else "nothing"

    def result(self, blank_digits: bool) -> list[tuple[str, str]]:
        """The parameters for `action`. An empty result comes with a blank `Digits`, or with none at all:
        which is not documented, so a product must take both."""
        if self.speech:
            return [("SpeechResult", self.speech), ("Confidence", "0.92")]
        if self.digits or blank_digits:
            return [("Digits", self.digits), ("FinishedOnKey", self.finished_by)]
        return []


def seconds(text: str, default: float) -> float:
    """An attribute that holds seconds; what cannot be read counts as not given."""
    try:
        return max(0.0, float(text))
    except ValueError:  # absent, or "auto"
        return default
