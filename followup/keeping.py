"""How long a clinic keeps what, here and at its carrier: two sections of the clinic file."""

from __future__ import annotations

from pydantic import Field, model_validator

from followup.tongue import _
from followup.written import Section


class Carrier(Section):
    """redact: empty the bodies at the carrier once a message's fate is known."""

    redact: bool = False


class Retention(Section):
    """Days after which something is let go; None (left out of the file) keeps it.

    messages: words of texts and calls, raw webhooks, refused roster lines. names: whoever had nothing done
    for so long is emptied as by `followup erase`. cases: scores and all, unless a provider decided.
    """

    messages: int | None = Field(default=None, ge=30)
    names: int | None = Field(default=None, ge=90)
    cases: int | None = Field(default=None, ge=365)

    @model_validator(mode="after")
    def _in_order(self) -> Retention:
        if self.cases is not None and self.names is None:
            raise ValueError(_("cases cannot go before the names they belong to; give names as well"))
        given = [days for days in (self.messages, self.names, self.cases) if days is not None]
        if given != sorted(given):
            raise ValueError(_("messages go first, then names, then cases: messages <= names <= cases"))
        return self
