"""Asking each provider over a real socket: a server that checks who asks as the provider's documentation says.

The checks are written from what arrived on the wire, with nothing of the code that signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from registry.courier.providers.event import Callback
from registry.courier.providers.pull import Https
from registry.model.times import stamp
from tests.courier.carriers import HOST, Authority, authority
from tests.courier.providers import test_aliyun, test_mailgun, test_tencent
from tests.courier.providers.desk import URL, Desk, body_of
from tests.courier.world import PHONE, START

Check = Callable[[str, dict[str, str], bytes], bool]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def mac(key: bytes, data: str) -> bytes:
    return hmac.new(key, data.encode(), hashlib.sha256).digest()


def parts(authorization: str) -> dict[str, str]:
    """Algorithm, Credential, SignedHeaders, Signature of an Authorization header."""
    algorithm, _, rest = authorization.partition(" ")
    return {"": algorithm, **dict(one.strip().split("=", 1) for one in rest.split(","))}


def canonical(path: str, headers: dict[str, str], body: bytes, names: str) -> str:
    where = urlsplit(path)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names.split(";"))
    return f"POST\n{where.path}\n{where.query}\n{lines}\n{names}\n{sha(body)}"


def alibaba_lets_in(path: str, headers: dict[str, str], body: bytes) -> bool:
    """help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature, as the gateway would check it."""
    said = parts(headers["authorization"])
    needed = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256", "x-acs-signature-nonce"}
    to_sign = "ACS3-HMAC-SHA256\n" + sha(canonical(path, headers, body, said["SignedHeaders"]).encode())
    return (
        said[""] == "ACS3-HMAC-SHA256" and said["Credential"] == "AnInventedId"
        and needed <= set(said["SignedHeaders"].split(";"))
        and said["SignedHeaders"].split(";") == sorted(said["SignedHeaders"].split(";"))
        and headers["x-acs-content-sha256"] == sha(body)
        and headers["x-acs-date"] == stamp(START)[:-5] + "Z"
        and hmac.compare_digest(said["Signature"], mac(b"an-invented-secret", to_sign).hex()))


def tencent_lets_in(path: str, headers: dict[str, str], body: bytes) -> bool:
    """cloud.tencent.com/document/api/213/30654 (TC3-HMAC-SHA256), as the gateway would check it."""
    said = parts(headers["authorization"])
    day, scope = stamp(START)[:10], f"{stamp(START)[:10]}/sms/tc3_request"
    lowered = {**headers, "x-tc-action": headers["x-tc-action"].lower()}
    hashed = sha(canonical(path, lowered, body, said["SignedHeaders"]).encode())
    key = mac(mac(mac(b"TC3an-invented-key", day), "sms"), "tc3_request")
    wanted = mac(key, f"TC3-HMAC-SHA256\n{START // 1000}\n{scope}\n{hashed}").hex()
    return (
        said[""] == "TC3-HMAC-SHA256" and said["Credential"] == f"AnInventedId/{scope}"
        and {"content-type", "host"} <= set(said["SignedHeaders"].split(";"))
        and headers["x-tc-timestamp"] == str(START // 1000) and headers["x-tc-region"] == "ap-guangzhou"
        and headers["x-tc-version"] == "2021-01-11" and hmac.compare_digest(said["Signature"], wanted))


def mailgun_lets_in(_path: str, headers: dict[str, str], _body: bytes) -> bool:
    return headers["authorization"] == "Basic " + base64.b64encode(b"api:an-invented-api-key").decode()


@contextmanager
def provider(trust: Authority, check: Check, answer: object) -> Iterator[tuple[int, list[str]]]:
    """A provider's server on a port, and what it was asked: 403 to whoever it does not let in."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            let_in = len(self.headers.get_all("host", [])) == 1 and check(self.path, headers, body)
            asked.append(self.path + body.decode())
            given = body_of(answer) if let_in else b'{"Code":"SignatureDoesNotMatch"}'
            self.send_response(200 if let_in else 403)
            self.send_header("Content-Length", str(len(given)))
            self.end_headers()
            self.wfile.write(given)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.socket = trust.context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def opened(folder: Path, trust: Authority, kind: str, secret: str, port: int, **changes: str) -> Desk:
    """An account of a kind whose provider is on that port."""
    given = {**json.loads(secret), "endpoint": f"https://{HOST}:{port}", **changes}
    desk = Desk(folder, kind, "C", secret=json.dumps(given))
    desk.world.courier._pulls._http = Https(trust.ca_file)
    return desk


BOUNCED = test_mailgun.data("failed", severity="permanent", reason="bounce", recipient=PHONE)
CASES = {
    "aliyun-vms": (
        test_aliyun.VOICE_SECRET, alibaba_lets_in, {"Code": "OK", "Data": json.dumps(test_aliyun.record())},
        Callback({}, body_of([test_aliyun.call()]), URL), "no-answer"),
    "aliyun-sms": (
        test_aliyun.SMS_SECRET, alibaba_lets_in, test_aliyun.details(test_aliyun.detail()),
        Callback({}, body_of([test_aliyun.message()]), URL), "delivered"),
    "tencent-sms": (
        test_tencent.SMS_SECRET, tencent_lets_in, {"Response": {"PullSmsSendStatusSet": [test_tencent.record()]}},
        Callback({}, body_of([test_tencent.state()]), URL), "delivered"),
    "mailgun": (
        test_mailgun.SECRET, mailgun_lets_in, {"items": [BOUNCED], "paging": {}}, test_mailgun.callback(BOUNCED),
        "dead-address"),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_claim_is_logged_as_confirmed_once_the_provider_let_us_in_and_said_the_same(
    kind: str, tmp_path: Path, trust: Authority,
) -> None:
    secret, check, answer, callback, meant = CASES[kind]
    with provider(trust, check, answer) as (port, asked):
        desk = opened(tmp_path, trust, kind, secret, port)
        assert desk.post(callback) == "recorded"
        assert desk.attempts() == [], "a claim alone is no evidence"
        assert desk.world.courier.ask_provider()
        [body] = desk.world.vault.bodies("attempt-recorded/2")
        assert (body["class"], body["grade"], body["confirmed"]) == (meant, "C", stamp(desk.now))
        assert len(asked) == 1


@pytest.mark.parametrize(("kind", "wrong"), [
    ("aliyun-vms", {"access_key_secret": "another"}), ("aliyun-sms", {"access_key_id": "Another"}),
    ("tencent-sms", {"secret_key": "another"}), ("mailgun", {"api_key": "another"}),
])
def test_with_a_wrong_key_the_provider_lets_nobody_in_and_the_claim_waits(
    kind: str, wrong: dict[str, str], tmp_path: Path, trust: Authority,
) -> None:
    secret, check, answer, callback, _ = CASES[kind]
    with provider(trust, check, answer) as (port, asked):
        desk = opened(tmp_path, trust, kind, secret, port, **wrong)
        desk.post(callback)
        desk.world.courier.ask_provider()
        assert desk.attempts() == []
        assert desk.world.courier.provider_status("their-account")["waiting"] == 1
        assert len(asked) == 1


def test_what_is_asked_names_the_call_and_the_product(tmp_path: Path, trust: Authority) -> None:
    secret, check, answer, callback, _ = CASES["aliyun-vms"]
    with provider(trust, check, answer) as (port, asked):
        desk = opened(tmp_path, trust, "aliyun-vms", secret, port)
        desk.post(callback)
        desk.world.courier.ask_provider()
    assert parse_qs(urlsplit(asked[0]).query) == {
        "CallId": ["100001616500^100001871490"], "ProdId": ["11000000300006"], "QueryDate": [str(START - 60_000)]}
