"""The carrier's "no": Twilio's error codes with their HTTP status and a sentence.

A client must branch on the code alone, so the sentences here are our own and differ from Twilio's.
"""

from __future__ import annotations

from typing import Any

# code -> (HTTP status, sentence). Codes and statuses as in Twilio's error dictionary.
SENTENCES: dict[int, tuple[int, str]] = {
    20001: (400, "A parameter has a value that cannot be used: {0}."),
    20003: (401, "The account or its token is not known here."),
    20009: (409, "This is still under way and cannot be removed yet."),
    20404: (404, "Nothing is found at {0}."),
    20429: (429, "Too many requests at once; this one was not processed."),
    20500: (500, "Something broke on the carrier's side."),
    20503: (503, "The carrier is not available for the moment."),
    21201: (400, "A call needs a number to ring: 'To' is missing."),
    21205: (400, "A call needs instructions: give 'Url', 'Twiml' or 'ApplicationSid'. {0}"),
    21210: (400, "'From' {0} is not a number this account may call from."),
    21211: (400, "'To' {0} is not a valid phone number."),
    21212: (400, "'From' {0} is not a valid phone number."),
    21213: (400, "A call needs a number to show: 'From' is missing."),
    21214: (400, "'To' {0} cannot be reached by phone."),
    21215: (400, "Calls to the region of {0} are not enabled for this account."),
    21216: (400, "Calls to {0} are blocked for this account."),
    21217: (400, "'To' {0} is not a number that can be called."),
    21220: (400, "The call is not in progress, so it cannot be changed."),
    21266: (400, "'To' and 'From' are the same number."),
    21408: (403, "Texts to the region of {0} are not enabled for this account."),
    21602: (400, "A message needs a body: 'Body' is missing."),
    21603: (400, "A message needs a sender: 'From' or 'MessagingServiceSid' is missing."),
    21604: (400, "A message needs a recipient: 'To' is missing."),
    21606: (400, "'From' {0} is not a number this account may text from."),
    21609: (400, "'StatusCallback' {0} is not an address that can be called."),
    21610: (400, "The recipient has opted out of messages from this sender."),
    21611: (429, "'From' {0} already has ten hours of messages waiting."),
    21612: (400, "No route from {1} to {0}."),
    21614: (400, "'To' {0} is not a mobile number."),
    21617: (400, "The body is longer than 1600 characters."),
    21703: (400, "The messaging service has no numbers."),
    22005: (429, "A day of calls is already waiting."),
    30029: (400, "'ContentRetention' cannot be used: {0}."),
    30030: (400, "'AddressRetention' cannot be used: {0}."),
    30409: (409, "The message is past the point where it could be changed."),
    35114: (400, "'SendAt' must lie between 15 minutes and 35 days ahead."),
    35118: (400, "Scheduling needs 'MessagingServiceSid', 'ScheduleType=fixed' and 'SendAt' together."),
}


class Refusal(Exception):  # noqa: N818 - no error of ours: the carrier says no
    """A request the carrier refuses; nothing was created."""

    def __init__(self, code: int, *particulars: str) -> None:
        self.code = code
        self.status, sentence = SENTENCES[code]
        padded = [*particulars, "", ""]
        self.sentence = sentence.format(*padded).strip()
        super().__init__(self.sentence)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.sentence,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
