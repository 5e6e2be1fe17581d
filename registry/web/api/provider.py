"""For providers: the one address that callbacks are posted to."""

from __future__ import annotations

import json

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from registry.model.providers import accepted_of, longest_of
from registry.usecases import callbacks
from registry.web.api.routing import Blueprint
from registry.web.bodies import answer, received
from registry.web.context import courier_key, ports
from registry.web.pump import seal_callback
from registry.web.schemas.provider import AttemptSchema, FileSchema, FormSchema, ReceivedSchema

blueprint = Blueprint("provider", __name__, url_prefix="/v1", description="Providers: signed reports of attempts.")


@blueprint.route("/attempts/<word:provider>", methods=["POST"])
@blueprint.response(202, ReceivedSchema)
@blueprint.documented(requestBody={"required": True, "content": {
    "application/json": {"schema": AttemptSchema}, "application/x-www-form-urlencoded": {"schema": FormSchema}}})
def receive(provider: str) -> Response:
    """Report an attempt as its kind of provider does: as a Standard Webhooks message, or as docs/providers.md says.

    202: committed; some clouds are answered 200 with what they wait for. Whether it is good, only the courier can
    tell. The carrier of our SMS sends `message.receipt` and `message.reply` here too, signed the same way
    (docs/operating/delivery.md).

    A neutral event is signed in the headers `webhook-id`, `webhook-timestamp` (Unix seconds, within 300 of ours) and
    `webhook-signature` (`v1,` and base64). Every byte is encrypted to the courier before it is stored; the status of
    a provider says what was refused.
    """
    return _commit(provider, batch=False)


@blueprint.route("/attempts/<word:provider>/batch", methods=["POST"])
@blueprint.response(202, ReceivedSchema)
@blueprint.documented(requestBody={"required": True, "content": {
    "text/csv": {"schema": FileSchema}, "application/x-ndjson": {"schema": FileSchema}}})
def receive_batch(provider: str) -> Response:
    """Report up to 500 calls in one file of a switch, signed whole as a Standard Webhooks message. 202: committed.

    It is refused whole for its signature, its clock or its columns; else each row stands for itself, and the status
    of the provider names those refused by their numbers.
    """
    return _commit(provider, batch=True)


def _commit(provider: str, *, batch: bool) -> Response:
    data = received(request)

    def seal(kind: str) -> str:
        if len(data) > longest_of(kind):
            raise RequestEntityTooLarge
        headers = dict(request.headers.items())
        return seal_callback(courier_key(), headers, data, kind, _url(), request.content_type or "")

    taken = callbacks.receive(ports(), provider, seal, batch=batch)
    status, body = accepted_of(taken.kind)
    return answer({**json.loads(body), **taken.told}, status)


def _url() -> str:
    """Where the provider posted to, as it knows the address: some sign it. The query stays as it came."""
    query = request.query_string.decode("latin-1")
    return f"{ports().public_url}{request.path}{'?' if query else ''}{query}"
