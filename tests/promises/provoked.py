"""Errors made on purpose with numbers, names and addresses in every place that a request has."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import socket
from pathlib import Path
from typing import Any

import pytest

from registry.clients import VaultClient
from registry.demo.cast import Cast
from registry.demo.provider import signed
from registry.errors import ConsentryError
from registry.model.times import MINUTE, parse_rfc3339, stamp
from registry.vault.clock import wall_now
from tests.system.world import Served

NUMBER, CONTACT_NUMBER = "+8610000007321", "+8610000008642"
NATIONAL, TYPED = NUMBER.removeprefix("+86"), NUMBER.replace("+", "%2B")
MAIL = "canary.7321@demo.invalid"
NAMES = ("Kanarienvogelin", "Zwitscherbaumer", "Singdrosselina")

Places = dict[str, bytes]


def provoked(up: Served, cast: Cast, lookup: str) -> Places:
    """Errors made on purpose with numbers in bodies, paths, queries and headers; answers with all their headers."""
    tokens, secret = cast.world["tokens"], cast.world["provider"]["secret"]
    began = parse_rfc3339(cast.log_now()) - MINUTE
    data = {"attempt_id": NUMBER, "seq": 10**6, "medium": "voice", "direction": "outbound", "to": CONTACT_NUMBER,
            "from": NUMBER, "cause": {"status": NUMBER}, "began_at": stamp(began)}
    event = {"type": "contact.attempt", "timestamp": stamp(began), "data": data}
    ask = {"account": cast.person["account"], "about": "contact", "purpose": "restore-contact", "mode": "number",
           "agent": "a"}
    person = {"ref": "x", "name": {"given": NAMES[0]}, "residence": "CN", "languages": ["zh-CN"],
              "channels": [{"medium": "voice", "value": NUMBER, "use": "personal"}]}
    hooks = [signed(one, secret, f"msg_{place}", wall_now()) for place, one in enumerate((
        event, {**event, "data": {**data, "seq": NUMBER}}, {**event, "data": {**data, NATIONAL: 1}},
        {**event, "type": NUMBER}, {**event, "data": {**data, "account": NUMBER}}, [NUMBER],  # type: ignore[list-item]
    ))]
    hooks += [({**hooks[0][0], "webhook-id": NUMBER}, hooks[0][1]), ({"webhook-signature": NUMBER}, NUMBER.encode())]
    requests: list[tuple[str, str, str, Any, dict[str, str]]] = [
        ("", "POST", f"/v1/attempts/{cast.world['provider']['name']}", body, headers) for headers, body in hooks
    ]
    for path in (f"/{TYPED}", f"/v1/accounts/{TYPED}", f"/r/{NATIONAL}", f"/v1/attempts/{NATIONAL}", f"/v1/{MAIL}",
                 f"/v1/accounts?limit={NATIONAL}&cursor={TYPED}&{NATIONAL}={TYPED}", f"/log/tile/{NATIONAL}/x/1",
                 f"/v1/lookups/{NATIONAL}", f"/docs?{TYPED}", f"/v1/demo/outbox?from={TYPED}"):
        requests += [(who, "GET", path, None, {"User-Agent": NUMBER, "Cookie": f"a={NUMBER}"})
                     for who in ("", "collector", "lender", "officer")]
    for path, body in (
        ("/v1/lookups", {**ask, "account": NUMBER}), ("/v1/lookups", {**ask, "agent": NUMBER}),
        ("/v1/lookups", {**ask, NATIONAL: 1}), ("/v1/lookups", f'{{"account": {NUMBER}'), ("/v1/lookups", [NUMBER]),
        ("/v1/lookups", " " * 70_000 + NUMBER), ("/v1/lookups", f'{{"a": 1, "a": "{NUMBER}"}}'),
        (f"/v1/lookups/{lookup}/outcomes", {"outcome": NUMBER, "at": NUMBER, "agent": NUMBER}),
    ):
        requests.append(("collector", "POST", path, body, {}))
    for body in (
        {**person, "channels": [{"medium": "voice", "value": NUMBER + " ext 5", "use": "personal"}]},
        {**person, "channels": [{"medium": "email", "value": MAIL + " " + MAIL, "use": "personal"}]},
        {**person, "channels": [{"medium": "voice", "value": {"x": NUMBER}, "use": NUMBER}]},
        {**person, "residence": NUMBER}, {**person, "name": {"given": NAMES[0] * 4}}, {**person, "name": NAMES[0]},
        {**person, "languages": [NUMBER], MAIL: 1}, {**person, "time_zone": f"Asia/{NUMBER}"},
        {**person, "channels": [{"medium": "voice", "jwe": base64.urlsafe_b64encode(NUMBER.encode()).decode(),
                                 "use": "personal"}]},
    ):
        requests.append(("lender", "POST", "/v1/borrowers", body, {}))
    requests += [
        ("lender", "POST", "/v1/borrowers", {**person, "ref": "twice"}, {"Idempotency-Key": "k"}),
        ("lender", "POST", "/v1/borrowers", {**person, "ref": "thrice"}, {"Idempotency-Key": "k"}),
        ("collector", "POST", "/v1/lookups", ask, {"Idempotency-Key": NUMBER}),
        ("collector", "POST", "/v1/lookups", ask, {"Content-Type": f"text/{NATIONAL}"}),
        ("officer", "POST", "/v1/approvals", {"approval": NUMBER, "verdict": NUMBER, "note": NUMBER}, {}),
        ("officer", "POST", "/v1/providers", {"name": NATIONAL, "kind": NUMBER, "owner": NUMBER}, {}),
        ("", "GET", "/v1/accounts", None, {"Authorization": f"Bearer cny_{NATIONAL}_{NATIONAL}"}),
        ("", "GET", "/healthz", None, {"X-Request-Id": NUMBER, "X-Forwarded-For": NUMBER, "Accept": NUMBER}),
        ("collector", NATIONAL, "/v1/accounts", None, {}), ("", "DELETE", f"/healthz?{TYPED}", None, {}),
    ]
    found = {}
    for place, (who, method, path, body, more) in enumerate(requests):
        auth = {"Authorization": f"Bearer {tokens[who]}"} if who else {}
        text = body if isinstance(body, str | bytes | None) else json.dumps(body)
        sent = text.encode() if isinstance(text, str) else text
        key = {"Idempotency-Key": secrets.token_hex(8)} if method == "POST" and who else {}
        connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=20)
        connection.request(method, path, sent, {"Content-Type": "application/json"} | auth | key | more)
        answer = connection.getresponse()
        found[f"provoked {place} {method} {who} {answer.status}"] = str(answer.headers).encode() + answer.read()
        connection.close()
    return found


def complaining_sockets(data: Path) -> Places:
    """What the three processes say to nonsense with numbers in it, without any HTTP or on the sockets behind."""
    found = {}
    port = int(json.loads((data / "demo.json").read_text())["url"].rpartition(":")[2])
    for text in (f"{NUMBER}\r\n\r\n", f"GET /{NUMBER} HTTP/9.9\r\n\r\n", f"GET / HTTP/1.1\r\n{NUMBER}\r\n\r\n",
                 f"GET / HTTP/1.1\r\nHost: x:{NUMBER}\r\nContent-Length: {NUMBER}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(text.encode())
            connection.shutdown(socket.SHUT_WR)
            found[f"raw {len(found)}"] = connection.recv(65_536)
    sockets = Path(json.loads((data / "run.json").read_text())["sockets"])
    for name in ("vault.sock", "courier.sock"):
        for op, args in ((NUMBER, {}), ("callback", {"item": NUMBER, NATIONAL: NUMBER}), ("match-line", {
                "address": NUMBER, "medium": "voice", "auth": {"by": "courier", "alg": "Ed25519", "sig": NATIONAL}}),
                ("register-contact", {"by": {"role": "lender", "id": "0" * 32}, "id": "1" * 32, "number": NUMBER,
                                      "borrower": "2" * 32, "name": NAMES[2], "relation": "sibling", "rank": 1,
                                      "languages": ["zh"]}),
                ("append", {"entry": {"v": 1, "id": "3" * 32, "kind": NUMBER, "by": {"role": NUMBER}, "body": {
                    NUMBER: NUMBER}}})):
            with pytest.raises(ConsentryError) as caught:
                VaultClient(sockets / name).call(op, args)
            error = caught.value
            found[f"{name} {op} {len(found)}"] = f"{error.code} {error.detail} {error.pointer}".encode()
    return found
