"""A small HTTP client for the story: JSON in, JSON out, one token."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `value` is the JSON object, or an empty one where the body was none."""

    status: int
    value: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to one server as one party; `token` empty = nobody."""

    url: str
    token: str = ""

    def get(self, path: str) -> Answer:
        return self.send("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Any], key: bool = True) -> Answer:
        """POST with a fresh idempotency key, where the route takes one."""
        extra = {"Idempotency-Key": secrets.token_urlsafe(16)} if key else {}
        return self.send("POST", path, json.dumps(body).encode(), extra)

    def put(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self.send("PUT", path, json.dumps(body).encode(), {})

    def send(self, method: str, path: str, body: bytes | None, extra: Mapping[str, str]) -> Answer:
        """One request. Problem documents are answers, not exceptions. Raises OSError when nobody answers."""
        headers = {"Accept": "application/json", **extra}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return _answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error.read())


def _answer(status: int, body: bytes) -> Answer:
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        value = {}
    return Answer(status, value if isinstance(value, dict) else {}, text)
