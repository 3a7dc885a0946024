"""The mails about an account. They say nothing of who is asked, by whom, or what the program is for.

Mailed as any other e-mail: a row that is claimed, sent and retried.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlmodel import Session

from followup.checkin.clinics import clinic_file
from followup.store.models import Clinic, Link, Outbound, Staff

_LASTS = {"invite": ("three days", "tres días"), "reset": ("one hour", "una hora")}
_LINK = """Choose a password here:
{url}

The link works once, within {english}. If you did not ask for it, do nothing.

Elija una contraseña aquí:
{url}

El enlace sirve una vez, durante {spanish}. Si no lo ha pedido, no haga nada.
"""
_CHANGED = """The password or the second factor of your account was changed.
If that was not you, tell whoever manages your accounts at once.

Se ha cambiado la contraseña o el segundo factor de su cuenta.
Si no ha sido usted, avise enseguida a quien administra sus cuentas.
"""


def mail_link(db: Session, staff: Staff, link: Link, url: str, now: datetime) -> bool:
    """Plan the mail with a link; False when the clinic has no address to send from: say it otherwise."""
    english, spanish = _LASTS[link.kind]
    body = _LINK.format(url=url, english=english, spanish=spanish)
    return _plan(db, staff, "Your sign-in link / Su enlace de acceso", body, now)


def tell_of_change(db: Session, staff: Staff, now: datetime) -> None:
    """Tell the owner that the locks of an account are others: whoever did it knows, a victim would not."""
    _plan(db, staff, "Your sign-in was changed / Su acceso ha cambiado", _CHANGED, now)


def _plan(db: Session, staff: Staff, subject: str, body: str, now: datetime) -> bool:
    sender = clinic_file(db.get_one(Clinic, staff.clinic_id)).digest.sender
    if not sender:
        return False
    db.add(
        Outbound(
            dedupe=f"staff:{staff.id}:{secrets.token_hex(12)}",
            clinic_id=staff.clinic_id,
            channel="email",
            step="account",
            sender=sender,
            to=staff.email,
            subject=subject,
            body=body,
            due_at=now,
            created_at=now,
            changed_at=now,
        )
    )
    return True
