"""Asking a provider for its own record of an attempt, where its callback alone proves nothing (evidence of grade C).

Where to ask is fixed when a provider is registered, and never taken from a callback: whoever may post could else
name a server of his own.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import urllib3
from urllib3.exceptions import HTTPError

from registry.errors import MalformedError, UnavailableError
from registry.policy.outcomes import OutcomeTable

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MOST_READ = 1024 * 1024  # bytes
STEP = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider's server answered: the status, and the whole body."""

    status: int
    body: bytes = field(repr=False)


class Http(Protocol):
    """A way to a provider's server. Raises UnavailableError for whatever is no whole answer of that very server."""

    def get(self, url: str, headers: Mapping[str, str]) -> Reply: ...

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """What a pull needs from outside. `at` is wall-clock milliseconds; `nonce` 32 hex digits, never used before."""

    http: Http
    table: OutcomeTable
    at: int
    nonce: str


class Https:
    """HTTPS by urllib3: certificates and host names verified, no redirects followed, no proxy of the environment.

    `ca_file` replaces the system's authorities.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._ca_file = ca_file
        self._made: urllib3.PoolManager | None = None

    def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The answer to a GET. Raises UnavailableError."""
        return self._ask("GET", url, None, headers)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The answer to a POST. Raises UnavailableError."""
        return self._ask("POST", url, body, headers)

    def _pool(self) -> urllib3.PoolManager:
        if self._made is None:
            context = ssl.create_default_context(cafile=None if self._ca_file is None else str(self._ca_file))
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._made = urllib3.PoolManager(
                num_pools=16, ssl_context=context, retries=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, total=TOTAL_SECONDS))
        return self._made

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        if not url.startswith("https://"):
            raise MalformedError("a provider is asked by https", code="endpoint-malformed")
        try:
            answer = self._pool().request(
                method, url, body=body, headers=dict(headers), redirect=False, preload_content=False)
            try:
                return Reply(answer.status, _whole(answer))
            finally:
                answer.release_conn()
        except (HTTPError, OSError) as error:
            # Its words may hold the address that was asked for, and that may name a call.
            raise UnavailableError("the provider's server does not answer", code="pull-unavailable") from error


def _whole(answer: urllib3.BaseHTTPResponse) -> bytes:
    found, until = bytearray(), time.monotonic() + TOTAL_SECONDS
    for part in answer.stream(STEP, decode_content=False):
        found += part
        if len(found) > MOST_READ or time.monotonic() > until:
            answer.close()
            raise UnavailableError("the provider's answer is over 1 MiB or takes over 10 s", code="pull-unavailable")
    return bytes(found)
