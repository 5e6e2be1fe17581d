"""Builds the web process's app from its settings. Nothing is built on import."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from werkzeug.middleware.proxy_fix import ProxyFix

from registry.clients import VaultClient
from registry.databases import url_of
from registry.logs import unexpected
from registry.store import schema
from registry.store.database import db, engine_options, prepare
from registry.store.store import Store
from registry.usecases.ports import Caller, Ports
from registry.web import auth, documentation, headers, health, observing, portal, problems
from registry.web.api import (
    accounts,
    alarms,
    audit,
    audit_resolutions,
    c,
    collector,
    comparisons,
    consent_records,
    consents,
    derogations,
    erasures,
    events,
    keys,
    lender,
    log,
    me,
    me_rights,
    my_holds,
    officer,
    officer_complaints,
    officer_roles,
    person,
    persons,
    provider,
    sign_in,
    staff,
    suspensions,
)
from registry.web.api.routing import IdConverter, WordConverter
from registry.web.bodies import MOST_BYTES
from registry.web.bodies_first import BodiesFirst
from registry.web.context import COURIER_KEY, EXTENSION
from registry.web.portal import pacing, sessions
from registry.web.settings import WebSettings

BLUEPRINTS = (
    documentation.blueprint, health.blueprint, keys.blueprint, collector.blueprint, accounts.blueprint,
    lender.blueprint, consents.blueprint, consents.code_blueprint, consent_records.blueprint, provider.blueprint,
    officer.blueprint, suspensions.blueprint, comparisons.blueprint,
    audit.blueprint, audit_resolutions.blueprint, events.blueprint, log.blueprint, person.blueprint,
    sign_in.blueprint, officer_complaints.blueprint,
    officer_roles.blueprint, staff.blueprint, alarms.blueprint, erasures.blueprint,
    me.blueprint, derogations.blueprint,
    me_rights.blueprint, persons.blueprint, my_holds.blueprint, c.blueprint, c.invitation_blueprint,
)
# Requests that may wait for a neighbour at once: fewer than are at work, or one that hangs takes all turns. Of the
# vault many: a number waits there for up to two round trips to the witnesses, and costs nobody anything meanwhile.
VAULT_CALLS = 40
COURIER_CALLS = 2
# Bytes of a body where the usual limit does not fit.
LIMITS: Mapping[str, int] = {
    "provider.receive_batch": 256 * 1024,
    "provider.receive": 256 * 1024,  # some kinds send many events at once; of the others 64 KiB are taken
    "lender.register_borrower": 64 * 1024,  # ten channels, each perhaps a JWE
    "consents.give": 32 * 1024,  # sealed evidence
    "comparisons.compare": 256 * 1024,
    "portal.officer.compare": 256 * 1024,
    "officer.activate_pack": 256 * 1024,  # 40,000 characters, escaped
}


class App(Flask):
    """Flask, but an exception's text never reaches a log: it may hold a value."""

    def log_exception(self, exc_info: Any) -> None:
        unexpected("web", exc_info[1])

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func  # none of ours is a coroutine; looking is a twentieth of a request

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Any:
        # A chunked body has no length; our server ends the stream itself, and without this it would read as empty.
        if "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input_terminated"] = True
        return super().wsgi_app(environ, start_response)


def wall() -> int:
    """The wall clock in milliseconds: tokens, drafts, the inbox."""
    return time.time_ns() // 1_000_000


def create_app(
    settings: WebSettings, *, vault: Caller | None = None, courier: Caller | None = None,
    random: Callable[[int], bytes] = os.urandom, wall: Callable[[], int] = wall,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """The app. Neighbours are reached over their sockets unless they are handed in.

    Raises IntegrityError where the database is not at this version's revision.
    """
    app = App("registry.web", static_folder=None)
    app.logger.disabled = True  # ours is structlog; the framework's would print tracebacks with their texts
    url = url_of(settings.database)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url.render_as_string(hide_password=False),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        MAX_CONTENT_LENGTH=MOST_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False  # one spelling of a path, or none
    app.url_map.converters.update(id=IdConverter, word=WordConverter)
    store = _store(app, db)
    meters = observing.Meters()
    ports = Ports(
        observing.Metered(vault or VaultClient(settings.vault_socket, VAULT_CALLS), meters.called),
        courier or VaultClient(settings.courier_socket, COURIER_CALLS), store, random, wall, settings.public_url,
    )
    app.extensions |= {EXTENSION: ports, COURIER_KEY: {}, health.METERS: meters}
    observing.install(app, meters)
    auth.install(app, auth.Authenticator(store, wall), sessions.from_bearer)
    _limit_bodies(app)
    headers.install(app, https=settings.public_url.startswith("https:"))
    problems.install(app)
    _register(app, settings)
    portal.install(app)
    pacing.install(app, pacing.Pace(time.monotonic, sleep))
    if settings.proxies:
        # Who asks, for the rate limits: as many of the last ones named as there are proxies of ours, no more.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
    app.wsgi_app = BodiesFirst(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _store(app: Flask, extension: SQLAlchemy) -> Store:
    before = len(app.teardown_appcontext_funcs)
    extension.init_app(app)
    # It ends a session, and none is ever opened here. Exactly one: another version may do more that is needed.
    [ends_session] = app.teardown_appcontext_funcs[before:]
    app.teardown_appcontext_funcs.remove(ends_session)
    with app.app_context():
        engine = extension.engine
    prepare(engine)
    try:
        schema.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _limit_bodies(app: Flask) -> None:
    @app.before_request
    def _limit() -> None:
        request.max_content_length = LIMITS.get(request.endpoint or "", MOST_BYTES)


def _register(app: Flask, settings: WebSettings) -> None:
    api = documentation.api_of(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    if settings.demo:
        from registry.web.api import demo  # noqa: PLC0415 - a real registry never loads it

        demo.install(app, settings.demo_file)
        api.register_blueprint(demo.blueprint)
    documentation.publish(app, api)
