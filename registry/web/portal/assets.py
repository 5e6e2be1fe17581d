"""Style and scripts: a closed list of our own files, each under the digest of its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import NotFound

blueprint = Blueprint("assets", __name__, url_prefix="/assets")
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. `version`: the beginning of its SHA-256."""

    data: bytes
    content_type: str
    version: str


@blueprint.get("/<name>")
def asset(name: str) -> Response:
    """One file. Asked for by another digest than its own it is kept by nobody: a newer page will name the new one."""
    found = assets().get(name)
    if found is None:
        raise NotFound
    kept = YEAR if request.args.get("v") == found.version else "no-cache"
    response = Response(found.data, content_type=found.content_type, headers={"Cache-Control": kept})
    response.set_etag(found.version)
    response.make_conditional(request)
    return response


def link(name: str) -> str:
    """Where a page finds a file. Raises KeyError for one that is not there."""
    return url_for("portal.assets.asset", name=name, v=assets()[name].version)


@cache
def assets() -> Mapping[str, Asset]:
    """All files by name."""
    folder = resources.files("registry.web").joinpath("assets")
    return {one.name: _read(one.name, one.read_bytes()) for one in folder.iterdir() if _ending(one.name) in TYPES}


def _read(name: str, data: bytes) -> Asset:
    return Asset(data, TYPES[_ending(name)], hashlib.sha256(data).hexdigest()[:16])


def _ending(name: str) -> str:
    return name.rpartition(".")[2]
