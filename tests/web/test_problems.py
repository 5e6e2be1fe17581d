"""Every error is a problem document with a stable code, and none repeats a value."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.web import context
from tests.web.world import As, World

CANARY = "+8610000009999"


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The document, after checking what every one has."""
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["type"] == f"urn:consentry:problem:{code}"
    assert body["status"] == status
    assert set(body) <= {"type", "title", "status", "detail", "code", "errors"}
    assert body["title"]
    assert body["detail"]
    return body


def raw(world: World, method: str, path: str, data: bytes, content_type: str = "application/json") -> TestResponse:
    return world.app.test_client().open(
        path, method=method, data=data, content_type=content_type,
        headers={"Authorization": f"Bearer {world.issued['lender']}"})


@pytest.mark.parametrize("data", [
    b"{", b'{"a": NaN}', b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"ref": "\\ud800"}', b"{'a': 1}",
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
])
def test_400_for_a_body_that_is_no_json(world: World, data: bytes) -> None:
    problem(raw(world, "POST", "/v1/borrowers", data), 400, "json-malformed")


@pytest.mark.parametrize("data", [b"[]", b'"x"', b"1", b"null"])
def test_422_for_json_that_is_no_object(world: World, data: bytes) -> None:
    problem(raw(world, "POST", "/v1/borrowers", data), 422, "malformed")


def test_400_for_a_missing_or_ill_idempotency_key(world: World) -> None:
    problem(world.collector.post("/v1/lookups", world.lookup("0" * 32)), 400, "idempotency-key-missing")
    for key in ("", "x" * 65, "a b", "ключ", "a.b"):
        client = world.app.test_client()
        headers = {"Authorization": f"Bearer {world.issued['collector']}",
                   "Idempotency-Key": key.encode().decode("latin-1")}
        answer = client.post("/v1/lookups", json=world.lookup("0" * 32), headers=headers)
        problem(answer, 400, "idempotency-key-malformed")


def test_404_for_paths_and_things_that_are_not_there(world: World) -> None:
    problem(world.nobody.get("/v1/nothing"), 404, "not-found")
    problem(world.lender.get("/v1/borrowers/not-an-id"), 404, "not-found")
    problem(world.lender.get("/v1/borrowers/" + "0" * 32), 404, "not-found")
    problem(world.lender.get("/v1//borrowers"), 404, "not-found")
    problem(world.lender.get("/v1/borrowers/"), 404, "not-found")


def test_routes_of_later_issues_are_absent(world: World) -> None:
    for path in ("/v1/imports", "/v1/funnel"):
        assert world.collector.get(path).status_code == 404, path


def test_405_says_which_methods_there_are(world: World) -> None:
    answer = world.lender.delete("/v1/borrowers")
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert "Allow" in world.nobody.send("OPTIONS", "/v1/borrowers").headers


def test_413_for_a_body_larger_than_the_path_takes(world: World) -> None:
    problem(raw(world, "POST", "/v1/accounts", b"{" + b" " * 16_384 + b"}"), 413, "too-large")
    problem(raw(world, "POST", "/v1/borrowers", b"{" + b" " * 65_536 + b"}"), 413, "too-large")


def test_415_for_a_body_that_is_not_declared_json(world: World) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        problem(raw(world, "POST", "/v1/borrowers", b"{}", content_type), 415, "unsupported-media-type")


def test_422_names_each_member_that_is_wrong(world: World) -> None:
    body = world.borrower(residence="china", languages=[])
    body["channels"][1]["medium"] = "pigeon"
    del body["name"]
    found = problem(world.lender.post("/v1/borrowers", body), 422, "malformed")
    assert {(one["pointer"], one["code"]) for one in found["errors"]} == {
        ("/residence", "invalid"), ("/languages", "invalid"), ("/channels/1/medium", "invalid"), ("/name", "missing")}


def test_422_for_unknown_members_wherever_they_are(world: World) -> None:
    body = world.borrower(surprise=1)
    body["name"]["middle"] = "x"
    found = problem(world.lender.post("/v1/borrowers", body), 422, "malformed")
    assert {one["pointer"] for one in found["errors"]} == {"/surprise", "/name/middle"}
    assert {one["code"] for one in found["errors"]} == {"unknown-member"}


def test_a_wrong_type_is_not_forgiven(world: World) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    for changes in ({"balance_minor": "100"}, {"balance_minor": True}, {"balance_minor": 1.0}, {"state": None},
                    {"due_since": "２０２６-05-01"}, {"currency": "cny"}):
        answer = world.lender.post("/v1/accounts", world.account(borrower, **changes))
        problem(answer, 422, "malformed")


@pytest.mark.parametrize("body", [
    {"ref": "r", "name": {"given": CANARY * 5}, "residence": CANARY, "languages": [CANARY], "channels": [
        {"medium": CANARY, "value": CANARY, "use": CANARY}], CANARY: CANARY},
    {"ref": CANARY * 20, "name": CANARY, "time_zone": CANARY, "channels": CANARY},
])
def test_no_error_repeats_a_value_or_an_unknown_members_name(world: World, body: dict[str, Any]) -> None:
    answer = world.lender.post("/v1/borrowers", body)
    problem(answer, 422, "malformed")
    assert "9999" not in answer.text


@pytest.mark.parametrize("number", [CANARY + "9999", "12", CANARY + " ext 9999", "９" * 17])
def test_a_number_that_the_vault_refuses_is_not_repeated(world: World, number: str) -> None:
    body = world.borrower(channels=[{"medium": "voice", "value": number, "use": "personal"}])
    answer = world.lender.post("/v1/borrowers", body)
    found = problem(answer, 422, "number-invalid")
    assert "9999" not in answer.text
    assert number not in found["detail"]


@pytest.mark.parametrize(("query", "pointer"), [
    ("limit=0", "/limit"), ("limit=201", "/limit"), ("limit=x", "/limit"), ("limit=+5", "/limit"),
    ("cursor=xyz", "/cursor"), ("updated_after=yesterday", "/updated_after"), ("colour=red", "/colour"),
])
def test_422_for_a_query_that_is_wrong(world: World, query: str, pointer: str) -> None:
    found = problem(world.lender.get(f"/v1/borrowers?{query}"), 422, "malformed")
    assert [one["pointer"] for one in found["errors"]] == [pointer]


def test_a_query_parameter_given_twice_is_400(world: World) -> None:
    problem(world.lender.get("/v1/borrowers?limit=1&limit=2"), 400, "bad-request")


def test_503_with_retry_after_when_the_vault_cannot_be_reached(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise UnavailableError("there is no answer")

    ports = world.app.extensions[context.EXTENSION]
    monkeypatch.setattr(type(ports.vault), "call", lambda _self, op, args: absent(op, args))
    for answer in (
        world.collector.post("/v1/lookups", world.lookup("0" * 32), idempotency_key="k"),
        world.lender.post("/v1/borrowers", world.borrower()), world.nobody.get("/v1/keys"),
    ):
        problem(answer, 503, "vault-unavailable")
        assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("error", "status", "code"), [
    (IntegrityError("contradiction"), 503, "log-inconsistent"),
    (ConsentryError("the clock", code="clock-untrusted"), 503, "clock-untrusted"),
    (ConsentryError(CANARY), 500, "internal"), (ValueError(CANARY), 500, "internal"),
])
def test_what_is_unforeseen_stays_opaque(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *,
    error: Exception, status: int, code: str,
) -> None:
    def broken(_self: object, op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise error

    ports = world.app.extensions[context.EXTENSION]
    monkeypatch.setattr(type(ports.vault), "call", broken)
    answer = world.nobody.get("/v1/keys")
    problem(answer, status, code)
    logged = capsys.readouterr()
    assert CANARY not in answer.text + logged.out + logged.err


def test_every_answer_carries_the_security_headers_and_personal_ones_no_store(world: World) -> None:
    for who, path in ((world.nobody, "/healthz"), (world.lender, "/v1/borrowers"), (world.nobody, "/v1/nothing"),
                      (world.nobody, "/r/" + "0" * 32), (world.nobody, "/docs")):
        answer = As(who.client, who.token).get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert len(answer.headers["X-Request-Id"]) == 16
    for path in ("/v1/borrowers", "/v1/accounts", "/v1/nothing"):
        assert world.lender.get(path).headers["Cache-Control"] == "no-store", path


def test_a_chunked_body_is_read_whole_and_its_size_still_limited(world: World) -> None:
    def chunked(data: bytes) -> TestResponse:
        client = world.app.test_client()
        return client.post("/v1/borrowers", input_stream=BytesIO(data), headers={
            "Authorization": f"Bearer {world.issued['lender']}", "Content-Type": "application/json",
            "Transfer-Encoding": "chunked"})

    assert chunked(json.dumps(world.borrower()).encode()).status_code == 201
    problem(chunked(b"{" + b" " * 65_536 + b"}"), 413, "too-large")
    problem(chunked(b" " * 1_000_000), 413, "too-large")
