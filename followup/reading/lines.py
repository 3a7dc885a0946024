"""`followup read`: one JSON object to another, with a sentence for one that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import QUESTIONS
from .reader import read

CHANNELS = ("sms", "dtmf", "speech")


def read_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """{"id", "question", "channel", "lang", "text"} → {"id", "intent", "value", "approx", "flags", …}.

    Raises ValueError with a sentence naming the key that is missing or unknown. `channel` is sms and
    `lang` en when not given.
    """
    question, channel = line.get("question", ""), line.get("channel", "sms")
    if question not in ("", *QUESTIONS):
        raise ValueError(f'"question" is {question!r}; write one of {", ".join(QUESTIONS)}')
    if channel not in CHANNELS:
        raise ValueError(f'"channel" is {channel!r}; write one of {", ".join(CHANNELS)}')
    text = line.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be a string')
    reading = read(question, channel, str(line.get("lang", "en")), text)
    return {"id": line.get("id"), **reading.as_json()}
