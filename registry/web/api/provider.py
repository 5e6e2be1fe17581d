"""For providers: the one address that callbacks are posted to."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from registry.model.providers import longest_of
from registry.usecases import callbacks
from registry.web.api.routing import Blueprint
from registry.web.bodies import answer, received
from registry.web.context import courier_key, ports
from registry.web.pump import seal_callback
from registry.web.schemas.provider import AttemptSchema, ReceivedSchema

blueprint = Blueprint("provider", __name__, url_prefix="/v1", description="Providers: signed reports of attempts.")


@blueprint.route("/attempts/<word:provider>", methods=["POST"])
@blueprint.response(202, ReceivedSchema)
@blueprint.documented(requestBody={"required": True, "content": {"application/json": {"schema": AttemptSchema}}})
def receive(provider: str) -> Response:
    """Report an attempt as a Standard Webhooks message, or as Telnyx signs it. 202: committed.

    Whether it is good, only the courier can tell. The carrier of our SMS sends `message.receipt` and `message.reply`
    here too, signed the same way (docs/operating/delivery.md).

    Every byte is encrypted to the courier before it is stored; the status of a provider says what was refused.
    """
    data = received(request)

    def seal(kind: str) -> str:
        if len(data) > longest_of(kind):
            raise RequestEntityTooLarge
        headers = dict(request.headers.items())
        return seal_callback(courier_key(), headers, data, kind, _url(), request.content_type or "")

    return answer(callbacks.receive(ports(), provider, seal), 202)


def _url() -> str:
    """Where the provider posted to, as it knows the address: some sign it. The query stays as it came."""
    query = request.query_string.decode("latin-1")
    return f"{ports().public_url}{request.path}{'?' if query else ''}{query}"
