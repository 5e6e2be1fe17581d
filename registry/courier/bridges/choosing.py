"""Which bridge a courier has: the one its settings name; in a demo without one, a telephone company of our own."""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from registry.courier.bridges.axb import AxbBridge
from registry.courier.bridges.port import ANYBODY, Bridged
from registry.courier.bridges.simulator import Telephones, webhook_of
from registry.courier.clock import wall
from registry.courier.delivery_settings import BridgeSettings, DeliverySettings, Server
from registry.courier.providers import webhooks
from registry.model.ids import new_id
from registry.model.times import SECOND

TELEPHONES = "telephones.json"  # beside demo.json: where the demo's telephones are, for whoever plays an agent


def bridged(delivery: DeliverySettings | None, demo: Path | None, url: str) -> Bridged | None:
    """The bridge of these settings. `demo`: the folder of a demo world, which has telephones of its own at least,
    where one user serves it: another one may neither write there nor read its card."""
    if delivery is None or delivery.bridge is None:
        return demo_bridge(demo, url, wall) if demo is not None and os.access(demo, os.W_OK) else None
    return Bridged(AxbBridge(delivery.bridge), delivery.bridge.provider)


def demo_bridge(folder: Path, url: str, wall: Callable[[], int]) -> Bridged:
    """The demo's telephones, by the same port. Their records come in at `url` as the demo provider's webhooks; the
    card in `folder` has its secret. Who plays an agent finds them by the file TELEPHONES."""
    telephones = Telephones(lambda record: _report(folder, url, record, wall()), wall)
    where = {"url": f"http://127.0.0.1:{telephones.port}", "token": telephones.token}
    path = folder / TELEPHONES
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(where, file)
    server = Server("127.0.0.1", telephones.port, tls=False)
    return Bridged(AxbBridge(BridgeSettings(server, telephones.token, ANYBODY)), ANYBODY)


def _report(folder: Path, url: str, record: dict[str, Any], wall: int) -> None:
    provider = json.loads((folder / "demo.json").read_text("utf-8"))["provider"]
    body = json.dumps(webhook_of(record, wall)).encode()
    ident, at = f"msg_{new_id(os.urandom)}", str(wall // SECOND)
    secret = webhooks.shared_secret(provider["secret"])
    request = urllib.request.Request(  # noqa: S310 - our own web tier's address
        f"{url.rstrip('/')}/v1/attempts/{provider['name']}", body, {
            "Content-Type": "application/json", "webhook-id": ident, "webhook-timestamp": at,
            "webhook-signature": "v1," + base64.b64encode(secret.sign(webhooks.content_of(ident, at, body))).decode(),
        })
    try:
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    except OSError as error:
        structlog.get_logger("courier").warning("call record not delivered", error=type(error).__name__)
