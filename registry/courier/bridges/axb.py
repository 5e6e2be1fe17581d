"""A bridge by HTTP: `POST <url>/bindings` {id, a, b, expires_at, max_calls} → {x}, `GET` and `DELETE` of
`<url>/bindings/{id}`.

`id` is ours and the binding's `Idempotency-Key`: one that stands is answered again with its X (200), so that a crash
between binding and noting it connects nobody twice. Redirects are not followed: they would carry the token elsewhere.
"""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from registry.courier.bridges.port import Binding
from registry.courier.delivery_settings import BridgeSettings
from registry.courier.outbox import MessageRefusedError, NoAnswerError
from registry.courier.tls import context_of
from registry.errors import UnavailableError
from registry.model.times import stamp

PATIENCE = 10.0  # seconds for each answer
MOST_READ = 16 * 1024
NUMBER = re.compile(r"\+[0-9]{5,15}\Z", re.ASCII)
# Refusals that are about us or about now, not about these two lines.
NOT_NOW = (401, 403, 407, 408, 425, 429)


class AxbBridge:
    """One bridge by its HTTP interface."""

    def __init__(self, settings: BridgeSettings, patience: float = PATIENCE) -> None:
        self._settings = settings
        self._patience = patience

    def bind(self, wanted: Binding) -> str:
        """As `Bridge.bind`."""
        body = {"id": wanted.ident, "a": wanted.a, "b": wanted.b, "expires_at": stamp(wanted.expires_at),
                "max_calls": wanted.max_calls}
        status, told = self._request("POST", "/bindings", json.dumps(body).encode(), wanted.ident)
        if status in (200, 201):
            return _number(told)
        if 400 <= status < 500 and status not in NOT_NOW:
            raise MessageRefusedError(f"the bridge refused with {status}")
        if status >= 500:
            raise NoAnswerError(f"the bridge failed with {status}")
        raise UnavailableError(f"the bridge did not connect: {status}", code="transport-unavailable")

    def find(self, ident: str) -> str | None:
        """As `Bridge.find`."""
        status, told = self._request("GET", f"/bindings/{ident}")
        if status in (404, 410):
            return None
        if status != 200:
            raise UnavailableError(f"the bridge did not say what it has: {status}", code="transport-unavailable")
        return _number(told)

    def unbind(self, ident: str) -> None:
        """As `Bridge.unbind`."""
        status, _ = self._request("DELETE", f"/bindings/{ident}")
        if status not in (200, 204, 404, 410):
            raise UnavailableError(f"the bridge did not let go: {status}", code="transport-unavailable")

    def _request(self, method: str, path: str, body: bytes | None = None, key: str = "") -> tuple[int, bytes]:
        server = self._settings.server
        connection = (
            HTTPSConnection(server.host, server.port, timeout=self._patience, context=context_of(server))
            if server.tls else HTTPConnection(server.host, server.port, timeout=self._patience)
        )
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            try:
                connection.connect()
            except OSError as error:
                raise UnavailableError("the bridge cannot be reached", code="transport-unavailable") from error
            try:
                connection.request(method, server.path + path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read(MOST_READ)
            except (OSError, HTTPException) as error:
                raise NoAnswerError("the bridge did not answer") from error
        finally:
            connection.close()


def _number(told: bytes) -> str:
    """X in an answer. Raises NoAnswerError for anything else: it may stand, and is asked about again."""
    try:
        value = json.loads(told)["x"]
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswerError("the bridge answered with no number") from error
    if not isinstance(value, str) or NUMBER.match(value) is None:
        raise NoAnswerError("the bridge answered with no number")
    return value
