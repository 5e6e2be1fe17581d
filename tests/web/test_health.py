"""Health, metrics and logs: enough to run it, nothing personal."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog

from registry.errors import UnavailableError
from registry.logs import configure_logs
from registry.model.times import SECOND
from registry.web import context
from tests.web.world import As, World

CANARY = "+8610000007777"


def test_healthz_says_that_this_process_answers(world: World) -> None:
    assert world.nobody.get("/healthz").json == {"status": "ok"}


def test_readyz_says_that_no_witness_watches(world: World) -> None:
    world.settle()
    answer = world.nobody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["witnesses"] == "none"
    assert (answer.json["status"], answer.json["vault"], answer.json["courier"]) == ("ready", "ok", "ok")
    assert answer.json["origin"] == "demo.invalid/web-tests"


def test_readyz_is_503_without_courier_and_without_vault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.settle()
    world.clock.move_to(world.clock.now() + 6 * SECOND)
    answer = world.nobody.get("/readyz")
    assert (answer.status_code, answer.json["courier"]) == (503, "courier-unavailable")
    assert int(answer.headers["Retry-After"]) >= 1

    def absent(_self: object, op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise UnavailableError("nobody there")

    monkeypatch.setattr(type(world.app.extensions[context.EXTENSION].vault), "call", absent)
    answer = world.nobody.get("/readyz")
    assert (answer.status_code, answer.json["vault"]) == (503, "vault-unavailable")


def test_metrics_are_for_this_machine_or_a_token(world: World) -> None:
    assert world.nobody.get("/metrics").status_code == 200
    far = world.app.test_client()
    assert far.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401
    assert far.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}, headers={
        "Authorization": f"Bearer {world.issued['auditor']}"}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_on_this_machine_passes_on_is_not_from_this_machine(world: World, header: str) -> None:
    answer = world.app.test_client().get("/metrics", headers={header: "192.0.2.7"})
    assert (answer.status_code, answer.json["code"]) == (401, "token-missing")


def test_metrics_and_logs_hold_no_personal_value(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structlog, "get_logger", structlog.get_logger)
    configure_logs()
    try:
        world.lender.post("/v1/borrowers", world.borrower(ref=CANARY, channels=[
            {"medium": "voice", "value": CANARY, "use": "personal"}]))
        world.lender.post("/v1/borrowers", {CANARY: CANARY})
        world.lender.get(f"/v1/borrowers?ref={CANARY.replace('+', '%2B')}")
        token = "ab" * 16
        world.nobody.post(f"/r/{token}", {"answer": "object"})
        As(world.app.test_client(), CANARY).get(f"/v1/{CANARY}")
        world.app.test_client().open("/healthz", method="X" + CANARY[1:])
        As(world.app.test_client(), world.issued["lender"], checked=False).send(
            "GET", f"/v1/borrowers/{CANARY}", X_Request_Id=CANARY)
    finally:
        structlog.reset_defaults()
    written = capsys.readouterr()
    lines = [json.loads(line) for line in written.err.splitlines() if line.startswith("{")]
    assert len([one for one in lines if one["event"] == "request"]) >= 6
    assert {"request", "endpoint", "method", "status", "ms"} <= set(lines[0])
    exposed = world.nobody.get("/metrics").text
    assert 'consentry_web_requests_total{endpoint="lender.register_borrower",method="POST",problem="",status="201"}' \
        in exposed
    for secret in (CANARY, CANARY[1:], token, world.issued["lender"]):
        assert secret not in written.out + written.err + exposed
