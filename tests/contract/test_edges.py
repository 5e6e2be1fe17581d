"""Who may ask what, and what a refusal looks like."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta, timezone

import pytest

from tests.contract.client import Answer, World, later

OPEN = ["/healthz", "/readyz", "/v1/openapi.json", "/docs", "/v1/keys", "/log/checkpoint", "/log/tile/0/000",
        f"/r/{'0' * 32}"]
IDENT = "0" * 32
SCOPED: list[tuple[str, str, set[str]]] = [
    ("POST", "/v1/lookups", {"collector"}),
    ("GET", f"/v1/lookups/{IDENT}", {"collector"}),
    ("POST", "/v1/dial-checks", {"collector"}),
    ("POST", f"/v1/lookups/{IDENT}/outcomes", {"collector"}),
    ("GET", "/v1/accounts", {"collector", "lender"}),
    ("POST", "/v1/accounts", {"lender"}),
    ("POST", f"/v1/accounts/{IDENT}/notices", {"collector", "lender"}),
    ("POST", f"/v1/accounts/{IDENT}/placements", {"lender"}),
    ("POST", "/v1/borrowers", {"lender"}),
    ("GET", "/v1/borrowers", {"lender"}),
    ("POST", f"/v1/borrowers/{IDENT}/contacts", {"lender"}),
    ("POST", f"/v1/borrowers/{IDENT}/holds", {"lender"}),
    ("POST", f"/v1/borrowers/{IDENT}/signs-of-life", {"lender"}),
    ("PUT", "/v1/feeds/payments", {"lender"}),
    ("POST", "/v1/consents", {"lender"}),
    ("POST", "/v1/providers", {"officer"}),
    ("GET", "/v1/providers/demo", {"officer", "lender"}),
    ("GET", "/v1/approvals", {"officer"}),
    ("POST", "/v1/approvals", {"officer"}),
    ("GET", "/v1/audit/lookups", {"auditor"}),
    ("GET", f"/v1/audit/lookups/{IDENT}", {"auditor"}),
    ("GET", "/v1/audit/entries", {"auditor"}),
    ("GET", "/log/tile/entries/000", {"auditor"}),
    ("GET", "/v1/demo/clock", {"officer", "lender"}),
    ("POST", "/v1/demo/clock", {"officer", "lender"}),
    ("GET", "/v1/demo/outbox", {"officer"}),
]


def _problem(answer: Answer, status: int, code: str | None = None) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json
    assert {"type", "title", "status", "detail", "code"} <= set(body) <= {
        "type", "title", "status", "detail", "code", "errors"}
    assert body["type"] == f"urn:consentry:problem:{body['code']}"
    assert body["status"] == status
    assert body["detail"]
    assert code is None or body["code"] == code
    for error in body.get("errors", []):
        assert set(error) == {"pointer", "code", "detail"}
        assert error["pointer"].startswith("/")


@pytest.mark.parametrize("path", OPEN)
def test_an_open_endpoint_needs_no_token(world: World, path: str) -> None:
    assert world.ask("GET", path).status == 200


def test_a_code_and_a_provider_event_are_posted_without_a_token(world: World) -> None:
    _problem(world.ask("POST", f"/v1/consents/{IDENT}/code", {"code": "123456"}), 422, "code-refused")
    assert world.hook({}).status == 202


@pytest.mark.parametrize(("method", "path", "roles"), SCOPED)
def test_everything_else_needs_a_token_with_the_scope(world: World, method: str, path: str, roles: set[str]) -> None:
    body = {} if method in ("POST", "PUT") else None
    _problem(world.ask(method, path, body), 401)
    _problem(world.ask(method, path, body, who=f"cny_{IDENT}_{'A' * 43}"), 401)
    for role in ("collector", "lender", "officer", "auditor"):
        answer = world.ask(method, path, body, who=role, key=True)
        if role in roles:
            assert answer.status not in (401, 403), (role, answer.body)
        else:
            _problem(answer, 403, "scope-missing")


def test_no_route_of_the_document_is_open_but_the_listed_ones(world: World) -> None:
    listed = {"/healthz", "/readyz", "/v1/openapi.json", "/docs", "/v1/keys", "/log/checkpoint", "/metrics"}
    listed |= {"/v1/attempts/", "/v1/consents/{}/code", "/r/", "/log/tile/"}
    # Ways to come by a session (docs/adr/0013), each by its whole path.
    listed |= {"/v1/sign-in", "/v1/sign-in/{request}/code", "/v1/sign-in/link", "/v1/sign-in/invitation",
               "/v1/sign-in/passkey", "/v1/sign-in/passkey/options"}
    document = world.ask("GET", "/v1/openapi.json").json
    for path, methods in document["paths"].items():
        plain = path.split("{")[0] if path.startswith(("/r/", "/log/tile/", "/v1/attempts/")) else path
        plain = "/v1/consents/{}/code" if path.startswith("/v1/consents/") and path.endswith("/code") else plain
        for method in methods:
            if method == "parameters" or (plain in listed and "entries" not in path):
                continue
            concrete = _concrete(path)
            assert world.ask(method.upper(), concrete, {} if method != "get" else None).status == 401, path


def _concrete(path: str) -> str:
    if path.startswith("/log/tile/entries/"):
        return "/log/tile/entries/000"
    if path.startswith("/v1/feeds/"):
        return "/v1/feeds/payments"
    if path.startswith("/v1/providers/{"):
        return path.replace("{name}", "demo-dialler")
    return re.sub(r"{\w+}", IDENT, path)


def test_a_problem_has_one_shape_whatever_went_wrong(world: World) -> None:
    _problem(world.ask("GET", "/v1/nothing", who="lender"), 404)
    _problem(world.ask("DELETE", "/v1/lookups", who="collector"), 405)
    _problem(world.ask("POST", "/v1/borrowers", raw=b"{", who="lender"), 400)
    _problem(world.ask("POST", "/v1/borrowers", raw=b"[]", who="lender"), 422)
    _problem(world.ask("POST", "/v1/borrowers", {}, who="lender"), 422)
    _problem(world.ask("POST", "/v1/accounts", raw=b"{" + b" " * 70_000 + b"}", who="lender"), 413)
    _problem(world.ask("GET", f"/v1/accounts/{IDENT}", who="collector"), 404)


@pytest.mark.parametrize(("query", "says"), [
    ("accounts?updated_after=2026-11-01T09:30:00+08:00", "%2B"), ("accounts?updated_after=2026-11-01", "RFC 3339"),
    ("events?after=-1", "from 0 on"), ("accounts?limit=ten", "in digits"),
])
def test_what_is_wrong_in_a_query_is_said_as_a_query_has_it(world: World, query: str, says: str) -> None:
    answer = world.ask("GET", f"/v1/{query}", who="collector")
    _problem(answer, 422, "malformed")
    assert says in answer.json["errors"][0]["detail"]


def test_a_problem_says_what_to_change_and_never_repeats_a_value(world: World) -> None:
    secret = secrets.token_hex(8)
    body = {**world.request("on-hold"), "agent": f"{secret} !", "purpose": secret, secret: 1}
    answer = world.ask("POST", "/v1/lookups", body, who="collector", key=True)
    _problem(answer, 422)
    assert secret not in answer.body.decode()
    assert {error["pointer"] for error in answer.json["errors"]} >= {"/agent", "/purpose"}
    assert all(len(error["detail"]) > 10 for error in answer.json["errors"])


@pytest.mark.parametrize("change", [
    {"about": "neighbour"}, {"mode": "fax"}, {"purpose": "collect"}, {"account": "x"}, {"account": "A" * 32},
    {"agent": ""}, {"agent": 7}, {"extra": True},
])
def test_an_ill_lookup_is_422_and_no_entry(world: World, change: dict[str, object]) -> None:
    before = world.ask("GET", "/readyz").json["size"]
    answer = world.look("on-hold", **change)
    _problem(answer, 422)
    assert f"/{next(iter(change))}" in [error["pointer"] for error in answer.json["errors"]]
    assert world.ask("GET", "/readyz").json["size"] == before


@pytest.mark.parametrize(("who", "path"), [
    ("collector", "/v1/accounts"), ("lender", "/v1/borrowers"), ("officer", "/v1/approvals?state=open"),
    ("auditor", "/v1/audit/lookups"), ("officer", "/v1/demo/outbox"),
])
def test_what_is_personal_is_never_stored_on_the_way(world: World, who: str, path: str) -> None:
    answer = world.ask("GET", path, who=who)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


def test_a_demo_clock_goes_forward_only_and_a_year_at_most(world: World) -> None:
    for advance in ("-P1D", "P0D", "P367D", "a week", ""):
        _problem(world.ask("POST", "/v1/demo/clock", {"advance": advance}, who="officer"), 422)
    _problem(world.ask("POST", "/v1/demo/clock", {"advance": "PT1S"}, who="collector"), 403, "scope-missing")


def test_the_demo_clock_begins_at_ten_on_a_working_day_in_shanghai(world: World) -> None:
    local = world.now().astimezone(timezone(timedelta(hours=8)))
    assert (local.hour, local.minute < 30, local.weekday() < 5) == (10, True, True)


def test_the_outbox_is_read_from_a_message_on(world: World) -> None:
    number = world.people["unreachable"]["contact_number"]
    items = world.outbox(number)
    assert items
    assert world.outbox(number, after=items[0]["id"]) == items[1:]
    assert all(item["to"] == number for item in items)
    assert world.ask("GET", f"/v1/demo/outbox?to={number}", who="officer").json["items"] == items
    assert {"id", "at", "medium", "to", "template", "language", "text"} <= set(items[0])


def test_a_demo_attempt_needs_a_known_channel_and_a_cause(world: World) -> None:
    _problem(world.ask("POST", "/v1/demo/attempts", {}, who="collector"), 422)
    _problem(world.ask("POST", "/v1/demo/attempts", {"channel": IDENT, "cause": {"q850": 19}}, who="collector"), 404)


def test_a_token_is_checked_before_the_body(world: World) -> None:
    _problem(world.ask("POST", "/v1/lookups", raw=b"{", headers={"Authorization": "Bearer nonsense"}), 401)
    stale = {"outcome": "relayed", "at": later(world.now()), "agent": "a"}
    _problem(world.ask("POST", f"/v1/lookups/{IDENT}/outcomes", stale, who="collector", key=True), 404)


@pytest.mark.parametrize("cut", ["0" * 31, "0" * 32 + ".", "0" * 32 + "/", "nothing"])
def test_a_link_that_was_cut_short_is_a_page_to_a_person_and_a_problem_to_a_program(world: World, cut: str) -> None:
    _problem(world.ask("GET", f"/r/{cut}"), 404, "not-found")
    shown = world.ask("GET", f"/r/{cut}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (shown.status, shown.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert shown.headers["cache-control"] == "no-store"
    assert b"<button" not in shown.body
    assert cut not in shown.body.decode()
    _problem(world.ask("GET", f"/v1/{cut}", headers={"Accept": "text/html"}), 404, "not-found")
