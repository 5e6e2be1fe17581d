"""SMS by an HTTP gateway: `POST <url>/messages` {id, to, from, text}, and `GET <url>/messages/{id}`.

The delivery id is the message's id and its `Idempotency-Key`: a gateway that has it answers 409 (or 200 again) and
sends nothing. After a crash or a silence the gateway is asked first; so nobody gets a message twice, unless a gateway
neither answers the question nor keeps the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from registry.courier.delivery_settings import Sms
from registry.courier.outbox import Message, MessageRefusedError, NoAnswerError, Receipt
from registry.courier.tls import context_of
from registry.errors import UnavailableError

PATIENCE = 15.0  # seconds for each answer
MOST_READ = 64 * 1024
TAKEN = (200, 201, 202, 409)
# Refusals that are about us or about now, not about the message.
NOT_NOW = (401, 403, 407, 408, 425, 429)


class SmsGateway:
    """Sends through one gateway. Redirects are not followed: they would carry the token elsewhere."""

    def __init__(self, settings: Sms, patience: float = PATIENCE) -> None:
        self._settings = settings
        self._patience = patience

    def send(self, message: Message) -> Receipt | None:
        """Hands the message over; its receipt comes later, by webhook. Raises as `Outbox.send` says."""
        body = json.dumps({
            "id": message.id, "to": message.to, "from": self._settings.sender, "text": message.text,
        }, ensure_ascii=False).encode()
        status = self._request("POST", "/messages", body, {
            "Content-Type": "application/json", "Idempotency-Key": message.id})
        if status in TAKEN:
            return None
        if 400 <= status < 500 and status not in NOT_NOW:
            raise MessageRefusedError(f"the gateway refused with {status}")
        if status >= 500:
            # It may have failed before or after it took the message.
            raise NoAnswerError(f"the gateway failed with {status}")
        raise UnavailableError(f"the gateway did not take the message: {status}", code="transport-unavailable")

    def asked(self, message: str, medium: str) -> bool | None:
        """Whether the gateway knows the message; None from one that has no such question."""
        status = self._request("GET", f"/messages/{message}", None, {})
        if status in (404, 410):
            return False
        if status in (405, 501):
            return None
        if status != 200:
            raise UnavailableError(f"the gateway did not say whether it has the message: {status}",
                                   code="transport-unavailable")
        return True

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> int:
        server = self._settings.server
        connection = (
            HTTPSConnection(server.host, server.port, timeout=self._patience, context=context_of(server))
            if server.tls else HTTPConnection(server.host, server.port, timeout=self._patience)
        )
        try:
            try:
                connection.connect()
            except OSError as error:
                raise UnavailableError("the gateway cannot be reached", code="transport-unavailable") from error
            try:
                connection.request(method, server.path + path, body,
                                   {**headers, "Authorization": f"Bearer {self._settings.token}"})
                answer = connection.getresponse()
                answer.read(MOST_READ)
            except (OSError, HTTPException) as error:
                raise NoAnswerError("the gateway did not answer") from error
            return answer.status
        finally:
            connection.close()
