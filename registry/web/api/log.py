"""The log as static bytes (C2SP tlog-tiles): the checkpoint and hash tiles for everybody, entries for auditors."""

from __future__ import annotations

import base64
import gzip
import hashlib

from flask import Response, request

from registry.errors import NotFoundError
from registry.tlog.errors import TlogError
from registry.tlog.tiles import ENTRIES, Tile, parse_path
from registry.web.api.routing import Blueprint
from registry.web.auth import scopes
from registry.web.context import ports

blueprint = Blueprint("log", __name__, url_prefix="/log", description="The log: checkpoint, tiles, entry bundles.")

FOREVER = "max-age=31536000, immutable"
SMALLEST_WORTH_PACKING = 512
UNCHANGED = "You have these bytes."
BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}


@blueprint.route("/checkpoint", methods=["GET"])
@blueprint.response(200, {"type": "string"}, content_type="text/plain", description="A C2SP signed note.")
@blueprint.response(304, description=UNCHANGED)
def checkpoint() -> Response:
    """The signed checkpoint of everything published."""
    text: str = ports().vault.call("checkpoint", {})["text"]
    return _served(text.encode("utf-8"), "text/plain; charset=utf-8", "no-cache")


@blueprint.route("/tile/<path:place>", methods=["GET"])
@blueprint.response(200, BYTES, content_type="application/octet-stream", description="Up to 256 hashes of 32 bytes.")
@blueprint.response(304, description=UNCHANGED)
def tile(place: str) -> Response:
    """A hash tile: `<L>/<N>[.p/<W>]`."""
    at = _tile(place)
    if at.level == ENTRIES:
        raise NotFoundError("there is no such tile")
    found = ports().vault.call("tile", {"level": at.level, "n": at.n, "width": at.width})
    return _served(base64.b64decode(found["data"]), "application/octet-stream", f"public, {FOREVER}")


@blueprint.route("/tile/entries/<path:place>", methods=["GET"])
@scopes("entries:read")
@blueprint.response(200, BYTES, content_type="application/octet-stream", description="Length-prefixed entries.")
@blueprint.response(304, description=UNCHANGED)
def bundle(place: str) -> Response:
    """An entry bundle: `<N>[.p/<W>]`."""
    at = _tile(f"entries/{place}")
    data, total = b"", 1
    while len(data) < total:
        found = ports().vault.call("entries-bundle", {"n": at.n, "width": at.width, "from": len(data)})
        data, total = data + base64.b64decode(found["data"]), found["total"]
    return _served(data, "application/octet-stream", f"private, {FOREVER}")


def _tile(place: str) -> Tile:
    try:
        return parse_path(f"tile/{place}")
    except TlogError as error:
        raise NotFoundError("there is no such tile") from error


def _served(data: bytes, content_type: str, cache: str) -> Response:
    """Bytes with an ETag, packed where the client takes it and it helps; 304 where it has them."""
    tag = hashlib.sha256(data).hexdigest()[:32]
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    if len(data) >= SMALLEST_WORTH_PACKING and request.accept_encodings["gzip"] > 0:
        packed = gzip.compress(data, 6, mtime=0)
        if len(packed) < len(data):
            data, tag, headers["Content-Encoding"] = packed, f"{tag}-gzip", "gzip"
    response = Response(data, headers=headers, content_type=content_type)
    response.set_etag(tag)
    response.make_conditional(request.environ)
    return response
