"""Send e-mail: by SMTP, or into a folder where there is no mail server yet.

The Message-ID is made from the row, so that a mail whose fate is unknown can simply go again: mail
programs fold two messages with one id into one, which no phone does with two texts.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from followup.outreach.outcome import Accepted, Later, Outcome, Refused

_TIMEOUT = 20.0  # seconds
_AGAIN = 900.0  # seconds until a mail server that was busy or away is asked again
HTML_MARK = "\n<!-- html -->\n"  # between the text part and the HTML part in a row's body


class Mailbox:
    """The way out for e-mail, from SMTP_URL ("" = none)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, *, to: str, sender: str, subject: str, body: str, message_id: str) -> Outcome:
        """Deliver one message. Refused when the server says a definite no, Later for all that may pass."""
        message = _message(to, sender, subject, body, message_id)
        if not self._url:
            return Later(0, 3600)
        try:
            if self._url.startswith("file:"):
                _write(Path(self._url.removeprefix("file:").removeprefix("//")), message, message_id)
            else:
                self._hand_over(message)
        except smtplib.SMTPAuthenticationError:
            return Later(0, _AGAIN)  # a password that was changed is put right within the day
        except smtplib.SMTPResponseException as refusal:
            return Refused(refusal.smtp_code) if refusal.smtp_code >= 500 else Later(0, _AGAIN)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            return Refused(max(codes)) if max(codes, default=550) >= 500 else Later(0, _AGAIN)
        except (OSError, smtplib.SMTPException):
            return Later(0, _AGAIN)
        return Accepted(message_id.strip("<>")[:40])

    def _hand_over(self, message: EmailMessage) -> None:
        parts = urlsplit(self._url)
        options = parse_qs(parts.query)
        host = parts.hostname or "localhost"
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=_TIMEOUT)
        with server:
            if options.get("starttls") == ["1"]:
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


def _message(to: str, sender: str, subject: str, body: str, message_id: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = message_id
    message["Date"] = formatdate()
    message["Auto-Submitted"] = "auto-generated"  # keeps out-of-office answers from coming back
    plain, _, html = body.partition(HTML_MARK)
    message.set_content(plain)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def _write(folder: Path, message: EmailMessage, message_id: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = message_id.strip("<>").replace("@", "-") + ".eml"
    (folder / name).write_bytes(message.as_bytes())
