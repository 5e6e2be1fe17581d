"""For providers: the one address that callbacks are posted to."""

from __future__ import annotations

from flask import Response, request

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
    headers = dict(request.headers.items())
    return answer(callbacks.receive(ports(), provider, lambda: seal_callback(courier_key(), headers, data)), 202)
