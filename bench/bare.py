"""The least a webhook can be: check the signature, insert one durable row, answer."""

from __future__ import annotations

from flask import Flask, Response, abort, request
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, insert

from followup.clock import utc_now
from followup.config import WEB, Settings
from followup.setup import open_for_work
from webhooks.signature import is_signed

TABLE = Table(
    "bare", MetaData(),
    Column("id", Integer, primary_key=True), Column("sid", String(64), unique=True),
    Column("body", LargeBinary), Column("at", DateTime(timezone=True)),
)  # fmt: skip

_settings = Settings.from_env(WEB)
_store = open_for_work(_settings)
app = Flask(__name__)


@app.post("/twilio/sms")
def text() -> Response:
    if not is_signed(request, _settings.public_url, _settings.auth_tokens):
        abort(403)
    row = {"sid": request.form["MessageSid"], "body": request.form["Body"].encode(), "at": utc_now()}
    with _store.write() as session:
        session.execute(insert(TABLE), row)
    return Response("<Response/>", mimetype="text/xml")


@app.get("/readyz")
def ready() -> str:
    return "ready"
