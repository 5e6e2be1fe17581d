"""An agent's telephone in a served demo world: dials the number of a bridge, and is told what became of it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

from registry.errors import NotFoundError, UnavailableError
from registry.usecases.ports import Body, Record

WHERE = "telephones.json"  # written by the demo's courier, who runs the telephones
PATIENCE = 15.0  # seconds


def call(card_file: Path, body: Body) -> Record:
    """`{from, to, outcome, seconds?, said?}` → `{outcome, seconds}`: as if somebody had dialled `to` from the line
    `from`, and the person called had done and said that. Raises NotFoundError for a number that is not in service."""
    try:
        where = json.loads((card_file.parent / WHERE).read_text("utf-8"))
        request = urllib.request.Request(  # noqa: S310 - an address that our own courier wrote
            f"{where['url']}/calls", json.dumps(dict(body)).encode(),
            {"Authorization": f"Bearer {where['token']}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            told: Record = json.load(answer)
            return told
    except urllib.error.HTTPError as error:
        raise NotFoundError("this number is not in service from that line") from error
    except OSError as error:
        raise UnavailableError("this demo's telephones cannot be reached") from error
