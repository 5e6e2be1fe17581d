"""Signing a request to Alibaba Cloud (ACS3-HMAC-SHA256) and Tencent Cloud (TC3-HMAC-SHA256). Pure.

Sources: help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and
cloud.tencent.com/document/api/382/52071 (signature method v3).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from registry.model.times import SECOND

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of a cloud account: its id, and the secret that signs."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signable:
    """A request to be signed: where (an endpoint without a path), which action of which version, and when (wall ms).
    `nonce` is never used before."""

    endpoint: str
    action: str
    version: str
    at: int
    nonce: str = ""

    @property
    def host(self) -> str:
        """The host as the Host header has it, with a port that is not the usual one."""
        return urlsplit(self.endpoint).netloc


def acs3(key: AccessKey, request: Signable, query: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The address and headers of a POST without a body to Alibaba Cloud, its parameters in the query."""
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": request.host, "x-acs-action": request.action, "x-acs-content-sha256": empty,
        "x-acs-date": _utc(request.at).strftime("%Y-%m-%dT%H:%M:%SZ"), "x-acs-signature-nonce": request.nonce,
        "x-acs-version": request.version,
    }
    asked = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    names = ";".join(headers)
    canonical = "\n".join(("POST", "/", asked, _lines(headers), names, empty))
    to_sign = f"ACS3-HMAC-SHA256\n{_hash(canonical)}"
    signature = hmac.digest(key.secret.encode(), to_sign.encode(), hashlib.sha256).hex()
    headers["authorization"] = f"ACS3-HMAC-SHA256 Credential={key.id},SignedHeaders={names},Signature={signature}"
    return f"{request.endpoint}/?{asked}", headers


def tc3(key: AccessKey, request: Signable, service: str, body: bytes) -> dict[str, str]:
    """The headers of a POST of `body`, JSON in UTF-8, to a service of Tencent Cloud."""
    signed = {"content-type": JSON, "host": request.host, "x-tc-action": request.action.lower()}
    names = ";".join(signed)
    canonical = "\n".join(("POST", "/", "", _lines(signed), names, hashlib.sha256(body).hexdigest()))
    day, timestamp = _utc(request.at).strftime("%Y-%m-%d"), str(request.at // SECOND)
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{_hash(canonical)}"
    signing = f"TC3{key.secret}".encode()
    for part in (day, service, "tc3_request"):
        signing = hmac.digest(signing, part.encode(), hashlib.sha256)
    signature = hmac.digest(signing, to_sign.encode(), hashlib.sha256).hex()
    return {
        "authorization":
            f"TC3-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}",
        "content-type": JSON, "host": request.host, "x-tc-action": request.action,
        "x-tc-timestamp": timestamp, "x-tc-version": request.version,
    }


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at // SECOND, tz=UTC)


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}:{value}\n" for name, value in headers.items())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
