"""The web process: webhooks, health, and the staff's console, on one Flask app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, abort, request
from sqlalchemy import text
from werkzeug.middleware.proxy_fix import ProxyFix

from followup.config import Settings
from followup.console.app import add_console
from followup.console.guard import watched_by
from followup.inbox.spool import Spool
from followup.reading import scan
from followup.setup import Door
from followup.store import Store
from webhooks.calls import calls
from webhooks.latency import Latency
from webhooks.messages import messages
from webhooks.metrics import metrics
from webhooks.signature import is_signed


def create_app(settings: Settings, store: Store, clock: Callable[[], datetime]) -> Flask:
    """The app for one process. It runs no clock of its own: ticks belong to `scheduler/`."""
    app = Flask(__name__)
    scan("")  # loads the word lists now: the first patient's reply must not wait for them
    app.config.update(SECRET_KEY=settings.secret_key)
    if settings.proxies:
        # Exactly so many hops are believed; a header that came from further out was written by a stranger.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.extensions["followup"] = Door(settings, store, clock, Spool(settings.spool_folder))

    app.extensions["latency"] = Latency(app)

    @app.before_request
    def only_signed_webhooks() -> None:
        if request.path.startswith("/twilio/") and not is_signed(
            request, settings.public_url, settings.auth_tokens
        ):
            abort(403, "The request is not signed by the carrier.")

    @app.get("/healthz")
    @watched_by("nobody")
    def alive() -> Response:
        return Response("alive\n", mimetype="text/plain")

    @app.get("/readyz")
    @watched_by("nobody")
    def ready() -> Response:
        """Ready means: a reply can be stored, in the database or on disk. A late clock closes no door."""
        try:
            with store.read() as session:
                session.execute(text("SELECT 1 FROM inbound LIMIT 1"))
        except Exception:
            if app.extensions["followup"].spool.is_usable():
                return Response("ready: the database is away, replies are spooled\n", mimetype="text/plain")
            return Response("neither the database nor the spool can be used\n", 503, mimetype="text/plain")
        return Response("ready\n", mimetype="text/plain")

    app.register_blueprint(messages)
    app.register_blueprint(calls)
    app.register_blueprint(metrics)
    # The carrier's signature stands where a form's token would; asking for both would refuse every text.
    csrf = add_console(app)
    csrf.exempt(messages)
    csrf.exempt(calls)
    return app
