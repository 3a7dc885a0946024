"""A text from a phone to the product: the carrier's own keywords first, then the webhook and its TwiML.

The product hears every inbound text, also the STOP that the carrier has already answered.
"""

from __future__ import annotations

from functools import partial

from .exchange import API_VERSION, Exchange, Sender
from .messages import Message
from .segments import segments
from .texts import Texts
from .twiml import Document, Verb, read
from .webhooks import MAX_REDIRECTS

TOO_LONG = 21617


class Inbound:
    def __init__(self, exchange: Exchange, texts: Texts) -> None:
        self.exchange, self.texts = exchange, texts
        texts.on_arrival = self._read_by_script

    def receive(self, phone: str, to: str, body: str, media: int = 0) -> Message:
        """A text of at most 1600 characters, with `media` photos, from `phone` to a number of the account.

        Raises ValueError when `to` is none of ours. The webhook goes out with the next `run_due`.
        """
        exchange = self.exchange
        sender = exchange.senders.get(to)
        if sender is None:
            raise ValueError(f"{to!r} is not a number of this account")
        with exchange.lock:
            now = exchange.now()
            message = Message(
                sid=exchange.sid("MM" if media else "SM"),
                account_sid=exchange.account_sid,
                direction="inbound",
                sender=phone,
                to=to,
                body=body[:1600],
                status="received",
                created=now,
                updated=now,
                sent=now,
                service=sender.service,
                segments=segments(body),
                media=media,
            )
            message.price = f"-{exchange.ledger.text_in(message.segments):.5f}"
            self.texts.all[message.sid] = message
            exchange.phone(phone).show("patient", body or "(photo)", now, to)
            exchange.log.note("inbound", sid=message.sid, sender=phone, to=to, body=message.body)
            heard = exchange.optouts.heard(exchange.optout_key(to), phone, body, sender.optout)
            if heard.kind:
                exchange.log.note("keyword", sid=message.sid, sender=phone, to=to, keyword=heard.kind)
            if heard.reply:
                exchange.phone(phone).show("note", heard.reply, now, to)
        optout_type = heard.kind if sender.optout == "advanced" else ""
        late = 600.0 if exchange.faults.strikes("inbound_late") else 0.0
        token = exchange.unique("idempotency")
        exchange.after(late, partial(self._post, message, sender, optout_type, token))
        if exchange.faults.strikes("inbound_duplicate"):
            exchange.after(late + 3, partial(self._post, message, sender, optout_type, token))
        return message

    def _post(self, message: Message, sender: Sender, optout_type: str, token: str) -> None:
        """Tell the product, and do what its answer says."""
        exchange = self.exchange
        pair = (message.sender, message.to)
        params = self._params(message, optout_type)
        answer = exchange.webhooks.post(
            sender.sms_url, params, fallback=sender.sms_fallback, pair=pair, token=token
        )
        exchange.log.note("inbound_told", sid=message.sid, http=answer.status, lost=not answer.ok)
        document = read(answer, "text")
        for _ in range(MAX_REDIRECTS):
            self._alert(document)
            redirect = self._follow(message, document)
            if redirect is None:
                return
            url = document.resolve(redirect.text)
            document = read(exchange.webhooks.post(url, params, pair=pair), "text")

    def _follow(self, message: Message, document: Document) -> Verb | None:
        """Send each <Message>; a <Redirect> ends the document and is returned."""
        for verb in document.verbs:
            if verb.name == "Redirect":
                return verb
            self._reply(message, document, verb)
        return None

    def _reply(self, to: Message, document: Document, verb: Verb) -> None:
        """Queue one <Message>. It has receipts only when the verb names where to."""
        exchange = self.exchange
        parts = [verb.text, *(child.text for child in verb.children if child.name == "Body")]
        body = "\n".join(part for part in parts if part)
        media = sum(child.name == "Media" for child in verb.children)
        callback = verb.get("statusCallback") or verb.get("action")
        with exchange.lock:
            now = exchange.now()
            reply = Message(
                sid=exchange.sid("SM"),
                account_sid=exchange.account_sid,
                direction="outbound-reply",
                sender=verb.get("from", to.to),
                to=verb.get("to", to.sender),
                body=body,
                status="queued",
                created=now,
                updated=now,
                service=to.service,
                callback=document.resolve(callback) if callback else "",
                segments=segments(body),
                media=media,
            )
            if len(body) > 1600 or not (body or media):
                exchange.log.note("alert", code=TOO_LONG if body else 12200, url=document.url)
                return
            self.texts.keep(reply)
            self.texts.queue(reply)

    def _alert(self, document: Document) -> None:
        for code in document.errors:
            self.exchange.log.note("alert", code=code, url=document.url)

    def _params(self, message: Message, optout_type: str) -> list[tuple[str, str]]:
        params = [
            ("ToCountry", "US"),
            ("ToState", "DC"),
            ("SmsMessageSid", message.sid),
            ("NumMedia", str(message.media)),
            ("ToCity", ""),
            ("FromZip", "20001"),
            ("SmsSid", message.sid),
            ("FromState", "DC"),
            ("SmsStatus", "received"),
            ("FromCity", "WASHINGTON"),
            ("Body", message.body),
            ("FromCountry", "US"),
            ("To", message.to),
            ("NumSegments", str(message.segments)),
            ("MessageSid", message.sid),
            ("AccountSid", message.account_sid),
            ("From", message.sender),
            ("ApiVersion", API_VERSION),
        ]
        if message.service:
            params.append(("MessagingServiceSid", message.service))
        if optout_type:
            params.append(("OptOutType", optout_type))
        for n in range(message.media):
            uri = f"/{API_VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}/Media/ME{n:032d}"
            params += [
                (f"MediaUrl{n}", f"https://api.twilio.com{uri}"),
                (f"MediaContentType{n}", "image/jpeg"),
            ]
        return params

    def _read_by_script(self, message: Message) -> None:
        """The person to whom the phone belongs reads the text and answers in their own time."""
        exchange = self.exchange
        script = exchange.phone(message.to).acting
        for delay, words in script.text_arrived(message.body, exchange.now()) if script else ():
            exchange.after(delay, partial(self._typed, message, words))

    def _typed(self, message: Message, words: str) -> None:
        if self.exchange.phone(message.to).acting:  # unless somebody has taken the phone meanwhile
            self.receive(message.to, message.sender, words)
