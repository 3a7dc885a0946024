"""What codes are called on a page, in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from followup.digest.words import phone

__all__ = ["phone", "role", "signs"]

_SIGNS: dict[str, Any] = {
    "neuro": _l("numbness or weakness"),
    "bladder_bowel": _l("bladder or bowel"),
    "infection": _l("signs of infection"),
    "cardiac_breathing": _l("chest or breathing"),
    "self_harm": _l("self-harm"),
    "glucose": _l("high blood sugar"),
    "warning_signs": _l("answered yes to the warning signs"),
    "on_call_stopped": _l("an on-call phone asked us to stop"),
}


_ROLES: dict[str, Any] = {
    "frontdesk": _l("front desk"),
    "provider": _l("provider"),
    "admin": _l("admin"),
}


def role(name: str) -> str:
    return str(_ROLES[name])


def signs(kind: str) -> str:
    """'numbness or weakness, fever' for the flags of an alert."""
    flags = [flag for flag in kind.split(",") if flag]
    return ", ".join(str(_SIGNS.get(flag) or _(flag.replace("_", " "))) for flag in flags)
