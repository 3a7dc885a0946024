"""Reading a webhook's answer: which verbs it asks for, under Twilio's MIME rules.

`text/plain` is not markup: it is sent to the patient as a text, or read aloud on a call. `text/html` is
parsed like XML, so a Flask view that returns "OK" is error 12100 and no reply at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin
from xml.etree import ElementTree

from .webhooks import Answer

Medium = Literal["text", "call"]
UNREADABLE, UNKNOWN_VERB, WRONG_TYPE = 12100, 12200, 12300
MARKUP = frozenset({"text/xml", "application/xml", "text/html"})
VERBS: dict[Medium, frozenset[str]] = {
    "text": frozenset({"Message", "Redirect"}),
    "call": frozenset(["Say", "Play", "Gather", "Pause", "Redirect", "Dial", "Hangup", "Reject"]),
}


@dataclass
class Verb:
    """One instruction: its name, attributes, text and nested verbs (of a Gather) or nouns (of a Dial)."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Verb] = field(default_factory=list)

    def get(self, attribute: str, default: str = "") -> str:
        return self.attributes.get(attribute, default)


@dataclass
class Document:
    """What to do, in order. `url` is the address it came from ("" for TwiML given in the request itself);
    `errors` are Twilio's codes for what was wrong with it."""

    verbs: list[Verb]
    url: str = ""
    errors: list[int] = field(default_factory=list)

    def resolve(self, address: str) -> str:
        """An address in the document, made absolute; a missing one is the document itself."""
        return urljoin(self.url, address) if address else self.url


def read(answer: Answer, medium: Medium) -> Document:
    """The document in an answer. Never raises: what cannot be read is an empty document with its error."""
    if not answer.ok:
        return Document([], answer.url, [answer.error])
    if not answer.body.strip():
        return Document([], answer.url)
    text = answer.body.decode("utf-8", "replace")
    if answer.mime == "text/plain":
        verb = Verb("Message" if medium == "text" else "Say", text=text)
        return Document([verb], answer.url)
    if answer.mime.startswith("audio/") and medium == "call":
        return Document([Verb("Play", text=answer.url)], answer.url)
    if answer.mime not in MARKUP:
        return Document([], answer.url, [WRONG_TYPE])
    return parse(text, medium, answer.url)


def parse(text: str, medium: Medium, url: str = "") -> Document:
    """TwiML as text, as in an answer or in a call's `Twiml` parameter."""
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314 - our own product's answer, on loopback
    except ElementTree.ParseError:
        return Document([], url, [UNREADABLE])
    if root.tag != "Response":
        return Document([], url, [UNREADABLE])
    verbs = [_verb(element) for element in root]
    known = [verb for verb in verbs if verb.name in VERBS[medium]]
    # Tags are case-sensitive: <say> is not an instruction, and the caller hears nothing.
    return Document(known, url, [UNKNOWN_VERB] if len(known) < len(verbs) else [])


def _verb(element: ElementTree.Element) -> Verb:
    return Verb(
        name=element.tag,
        attributes=dict(element.attrib),
        text=_words(element),
        children=[_verb(child) for child in element],
    )


def _words(element: ElementTree.Element) -> str:
    """The element's own text; speech markup inside a Say (<break/>, <prosody>) counts as its words."""
    if element.tag == "Say":
        return " ".join("".join(element.itertext()).split())
    return (element.text or "").strip()
