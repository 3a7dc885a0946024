"""Words and keys as TwiML.

One Gather a turn. Two digits and four seconds between keys, so that "7", "7#" and "10" are all heard and a
star can be followed by its digit; one digit would never hear a ten. Hours take any number of digits, since
that question asks for the pound key.
"""

from __future__ import annotations

from collections.abc import Sequence

from twilio.twiml.voice_response import Gather, VoiceResponse

# Twilio: text-to-speech. A voice and a language that do not fit each other end the call with an error.
VOICES = {"en": ("Polly.Joanna", "en-US"), "es": ("Polly.Lupe", "es-US")}
RATE = "90%"  # of the voice's own pace: people listen on bad lines, and some do not hear well
BETWEEN_KEYS = 4  # seconds
FIND_THE_KEY = 10  # seconds after the words; the pause inside the Gather adds to the gap between keys


def ask_for_keys(
    words: Sequence[str], lang: str, action: str, *, digits: int | None, speech: bool = False
) -> str:
    """Say `words`, then wait for keys (or speech); the answer, also an empty one, is posted to `action`."""
    response = VoiceResponse()
    listening = {"speech_timeout": "2", "language": VOICES[lang][1], "profanity_filter": False}
    gather = response.gather(
        input="dtmf speech" if speech else "dtmf",
        action=action,
        method="POST",
        timeout=BETWEEN_KEYS,
        finish_on_key="#",
        action_on_empty_result=True,
        **({"num_digits": digits} if digits else {}),
        **(listening if speech else {}),
    )
    _say(gather, words, lang)
    gather.pause(length=FIND_THE_KEY - BETWEEN_KEYS)
    return str(response)


def hang_up(words: Sequence[str], lang: str) -> str:
    """Say `words` and end the call."""
    response = VoiceResponse()
    _say(response, words, lang)
    response.hangup()
    return str(response)


def in_both_languages(english: str, spanish: str) -> str:
    """Say the same to somebody whose language is not known, and end the call."""
    response = VoiceResponse()
    _say(response, [english], "en")
    _say(response, [spanish], "es")
    response.hangup()
    return str(response)


def hold(seconds: int) -> str:
    """Say nothing for a while: other words are on their way to this call."""
    response = VoiceResponse()
    response.pause(length=seconds)
    response.hangup()
    return str(response)


def connect(words: Sequence[str], lang: str, number: str, caller_id: str, action: str) -> str:
    """Say `words` and ring `number`; how that went is posted to `action`."""
    response = VoiceResponse()
    _say(response, words, lang)
    response.dial(action=action, method="POST", caller_id=caller_id, timeout=25).number(number)
    return str(response)


def _say(into: VoiceResponse | Gather, words: Sequence[str], lang: str) -> None:
    voice, language = VOICES[lang]
    for sentence in words:
        into.say("", voice=voice, language=language).prosody(sentence, rate=RATE)
