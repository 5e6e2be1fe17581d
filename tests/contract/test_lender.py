"""The lender's routes: every documented member, wrong ones refused with a pointer, refs unique, lists stable."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.contract.client import ID, Answer, World, later, when

Body = dict[str, Any]


def _borrower() -> Body:
    return {"ref": secrets.token_hex(6), "name": {"given": "小明", "family": "王"}, "residence": "CN",
            "languages": ["zh-CN", "en"], "channels": [
                {"medium": "voice", "value": "+8610000004901", "use": "personal"},
                {"medium": "email", "value": "xiaoming@demo.invalid", "use": "work"}]}


def _contact() -> Body:
    return {"ref": secrets.token_hex(6), "name": "小红", "relation": "sibling", "number": "+86 100 0000 4902",
            "languages": ["zh-CN"], "residence": "CN", "rank": 1}


def _account(borrower: str) -> Body:
    return {"ref": secrets.token_hex(6), "borrower": borrower, "liability": "principal", "due_since": "2026-01-31",
            "balance_minor": 123456, "currency": "CNY", "limitation_until": "2031-01-31", "state": "open",
            "as_of": "2026-06-30"}


@pytest.fixture(scope="module")
def borrower(world: World) -> str:
    """A borrower of this module's own."""
    return str(_made(world.ask("POST", "/v1/borrowers", _borrower(), who="lender"))["borrower"])


@pytest.fixture(scope="module")
def account(world: World, borrower: str) -> str:
    """An account of that borrower."""
    return str(_made(world.ask("POST", "/v1/accounts", _account(borrower), who="lender"))["account"])


def _made(answer: Answer) -> Body:
    assert answer.status == 201, answer.body
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json)


def _pointers(answer: Answer) -> list[str]:
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json"), answer.body
    return [error["pointer"] for error in answer.json["errors"]]


def test_a_borrower_is_registered_and_read_back_without_name_or_address(world: World) -> None:
    sent = _borrower()
    made = _made(world.ask("POST", "/v1/borrowers", sent, who="lender"))
    assert ID.match(made["borrower"])
    assert [row["medium"] for row in made["channels"]] == ["voice", "email"]
    shown = world.ask("GET", f"/v1/borrowers/{made['borrower']}", who="lender")
    assert shown.json["ref"] == sent["ref"]
    assert shown.json["time_zone"] == "Asia/Shanghai"
    for secret in ("小明", "4901", "xiaoming"):
        assert secret not in shown.body.decode()


@pytest.mark.parametrize(("change", "pointer"), [
    ({"ref": ""}, "/ref"),
    ({"name": "小明"}, "/name"),
    ({"name": {"given": "x" * 41}}, "/name/given"),
    ({"name": {"given": "e\u0301"}}, "/name/given"),
    ({"residence": "China"}, "/residence"),
    ({"residence": "ZZ", "time_zone": "Asia/Shanghai"}, "/residence"),
    ({"residence": "US-TX"}, "/time_zone"),
    ({"time_zone": "Europe/Paris"}, "/time_zone"),
    ({"languages": ["!"]}, "/languages/0"),
    ({"channels": [{"medium": "fax", "value": "+8610000004901", "use": "personal"}]}, "/channels/0/medium"),
    ({"channels": [{"medium": "voice", "value": "+8610000004901", "use": "secret"}]}, "/channels/0/use"),
    ({"channels": [{"medium": "voice", "value": "12", "use": "personal"}]}, "/channels/0/value"),
    ({"channels": [{"medium": "voice", "value": "+8610000004901 ext 5", "use": "work"}]}, "/channels/0/value"),
    ({"channels": [{"medium": "email", "value": "no-at-sign", "use": "work"}]}, "/channels/0/value"),
    ({"nickname": "Ming"}, "/nickname"),
])
def test_a_wrong_member_of_a_borrower_is_pointed_at(world: World, change: Body, pointer: str) -> None:
    answer = world.ask("POST", "/v1/borrowers", {**_borrower(), **change}, who="lender")
    assert pointer in _pointers(answer)
    assert "4901" not in answer.body.decode()


def test_a_channel_is_added(world: World, borrower: str) -> None:
    made = _made(world.ask("POST", f"/v1/borrowers/{borrower}/channels", {
        "medium": "sms", "value": "+8610000004901", "use": "shared"}, who="lender"))
    assert ID.match(made["channel"])
    wrong = world.ask("POST", f"/v1/borrowers/{borrower}/channels", {
        "medium": "sms", "value": "call me", "use": "shared"}, who="lender")
    assert _pointers(wrong) == ["/value"]


def test_a_contact_is_pending_whatever_the_line_and_the_lender_never_reads_the_number(
    world: World, borrower: str
) -> None:
    path = f"/v1/borrowers/{borrower}/contacts"
    fresh = _made(world.ask("POST", path, _contact(), who="lender"))
    objected = world.people["contact-objected"]["contact_number"]
    known = _made(world.ask("POST", path, {**_contact(), "number": objected, "rank": 2}, who="lender"))
    assert set(fresh) == set(known)
    assert fresh["state"] == known["state"]
    shown = world.ask("GET", f"{path}?limit=200", who="lender")
    states = {row["contact"]: row["state"] for row in shown.json["items"]}
    assert set(states.values()) <= {"usable", "pending", "not-usable"}
    assert states[fresh["contact"]] == states[known["contact"]]
    for secret in ("小红", "4902", objected.lstrip("+")):
        assert secret not in shown.body.decode()


def test_an_account_is_assigned_once_and_for_all(world: World, borrower: str) -> None:
    path = f"/v1/accounts/{_made(world.ask('POST', '/v1/accounts', _account(borrower), who='lender'))['account']}"
    wrong = world.ask("POST", f"{path}/assignment", {"assignee": world.card["parties"]["agency"]}, who="lender")
    assert wrong.status == 422, wrong.body
    done = _made(world.ask("POST", f"{path}/assignment", {}, who="lender"))
    assert set(done) == {"account", "log_index", "proof"}
    assert world.ask("GET", path, who="lender").json["state"] == "assigned"
    again = world.ask("POST", f"{path}/assignment", {}, who="lender")
    assert (again.status, again.json["code"]) == (409, "account-assigned")
    assert world.ask("POST", f"{path}/assignment", {}, who="collector").status == 403


@pytest.mark.parametrize(("change", "pointer"), [
    ({"relation": "boss"}, "/relation"), ({"rank": 0}, "/rank"), ({"rank": "1"}, "/rank"),
    ({"number": "+86100"}, "/number"), ({"number": "4902#12"}, "/number"), ({"name": "x" * 41}, "/name"),
    ({"residence": "Mars"}, "/residence"), ({"debt": 1}, "/debt"),
])
def test_a_wrong_member_of_a_contact_is_pointed_at(
    world: World, borrower: str, change: Body, pointer: str
) -> None:
    answer = world.ask("POST", f"/v1/borrowers/{borrower}/contacts", {**_contact(), **change}, who="lender")
    assert pointer in _pointers(answer)


def test_a_contacts_name_may_be_one_string_or_given_and_family(world: World, borrower: str) -> None:
    path = f"/v1/borrowers/{borrower}/contacts"
    made = _made(world.ask("POST", path, {**_contact(), "name": {"given": "红", "family": "王"}}, who="lender"))
    assert ID.match(made["contact"])


def test_an_account_is_opened_changed_and_read(world: World, borrower: str) -> None:
    sent = _account(borrower)
    made = _made(world.ask("POST", "/v1/accounts", sent, who="lender"))
    path = f"/v1/accounts/{made['account']}"
    shown = world.ask("GET", path, who="lender").json
    assert {name: shown[name] for name in sent} == sent
    when(shown["updated_at"])
    changed = world.ask("PATCH", path, {"balance_minor": 5, "as_of": "2026-07-01"}, who="lender")
    assert changed.status == 200
    assert world.ask("GET", path, who="lender").json["balance_minor"] == 5
    paid = world.ask("PATCH", path, {"state": "paid"}, who="lender")
    assert paid.status == 200, paid.body
    assert world.ask("GET", path, who="lender").json["state"] == "paid"


@pytest.mark.parametrize(("change", "pointer"), [
    ({"liability": "cousin"}, "/liability"), ({"due_since": "31.01.2026"}, "/due_since"),
    ({"due_since": "2026-02-30"}, "/due_since"), ({"balance_minor": 1.5}, "/balance_minor"),
    ({"balance_minor": -1}, "/balance_minor"), ({"currency": "yuan"}, "/currency"), ({"state": "lost"}, "/state"),
    ({"as_of": "today"}, "/as_of"), ({"colour": "red"}, "/colour"),
])
def test_a_wrong_member_of_an_account_is_pointed_at(
    world: World, borrower: str, change: Body, pointer: str
) -> None:
    answer = world.ask("POST", "/v1/accounts", {**_account(borrower), **change}, who="lender")
    assert pointer in _pointers(answer)


def test_a_ref_is_used_once(world: World, borrower: str) -> None:
    people, accounts, contact = _borrower(), _account(borrower), _contact()
    for path, body in (("/v1/borrowers", people), ("/v1/accounts", accounts),
                       (f"/v1/borrowers/{borrower}/contacts", contact)):
        _made(world.ask("POST", path, body, who="lender"))
        again = world.ask("POST", path, body, who="lender")
        assert again.status == 409, path


def test_a_placement_is_made_read_and_recalled(world: World, account: str) -> None:
    path = f"/v1/accounts/{account}/placements"
    sent = {"agency": world.card["parties"]["agency"], "from": "2026-01-01", "until": "2030-01-01"}
    made = _made(world.ask("POST", path, sent, who="lender"))
    assert {name: made[name] for name in sent} == sent
    assert world.ask("GET", f"/v1/accounts/{account}", who="collector").status == 200
    assert world.ask("DELETE", f"{path}/{made['placement']}", who="lender").status in (200, 204)
    assert world.ask("GET", f"/v1/accounts/{account}", who="collector").status == 404
    wrong = world.ask("POST", path, {**sent, "agency": "0" * 32}, who="lender")
    assert _pointers(wrong) == ["/agency"]
    assert _pointers(world.ask("POST", path, {**sent, "until": "2025-01-01"}, who="lender")) == ["/until"]


@pytest.mark.parametrize("feed", ["payments", "logins", "inbound"])
def test_a_feed_is_complete_through_a_minute_ahead_at_most(world: World, feed: str) -> None:
    path, now = f"/v1/feeds/{feed}", world.now()
    assert world.ask("PUT", path, {"complete_through": later(now, seconds=45)}, who="lender").status == 200
    ahead = world.ask("PUT", path, {"complete_through": later(now, seconds=90)}, who="lender")
    assert _pointers(ahead) == ["/complete_through"]
    assert world.ask("PUT", path, {"complete_through": later(now)}, who="collector").code == "scope-missing"
    assert world.ask("PUT", "/v1/feeds/gossip", {"complete_through": later(now)}, who="lender").status == 404
    assert _pointers(world.ask("PUT", path, {"complete_through": "2026-01-01T10:00:00"}, who="lender"))


def test_a_hold_pauses_and_a_sign_of_life_is_an_entry(world: World, borrower: str, account: str) -> None:
    held = world.ask("POST", f"/v1/borrowers/{borrower}/holds", {"type": "dispute"}, who="lender")
    assert held.status == 201, held.body
    listed = world.ask("GET", f"/v1/borrowers/{borrower}/holds", who="lender").json["items"]
    assert [row["type"] for row in listed] == ["dispute"]
    life = world.ask("POST", f"/v1/borrowers/{borrower}/signs-of-life", {"source": "payment"}, who="lender")
    assert life.status == 201, life.body
    kinds = [row["entry"]["kind"] for row in world.entries() if row["index"] == life.json["log_index"]]
    assert kinds == ["sign-of-life/1"]


def test_a_list_is_oldest_first_and_stable_while_it_grows(world: World) -> None:
    first = world.ask("GET", "/v1/borrowers?limit=3", who="lender").json
    assert len(first["items"]) == 3
    _made(world.ask("POST", "/v1/borrowers", _borrower(), who="lender"))
    seen, cursor = [row["borrower"] for row in first["items"]], first["next"]
    while cursor is not None:
        page = world.ask("GET", f"/v1/borrowers?limit=3&cursor={cursor}", who="lender").json
        seen += [row["borrower"] for row in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen))
    whole = world.ask("GET", "/v1/borrowers?limit=200", who="lender").json["items"]
    assert seen == [row["borrower"] for row in whole]


def test_a_list_is_filtered_by_ref_and_by_time(world: World) -> None:
    mark, sent = world.now(), _borrower()
    _made(world.ask("POST", "/v1/borrowers", sent, who="lender"))
    found = world.ask("GET", f"/v1/borrowers?ref={sent['ref']}", who="lender").json["items"]
    assert [row["ref"] for row in found] == [sent["ref"]]
    stamp = later(mark, seconds=-1).replace("+", "%2B")
    recent = world.ask("GET", f"/v1/borrowers?updated_after={stamp}&limit=200", who="lender").json["items"]
    assert sent["ref"] in [row["ref"] for row in recent]
    assert "demo-01" not in [row["ref"] for row in recent]


@pytest.mark.parametrize(("name", "value"), [
    ("limit", "0"), ("limit", "201"), ("limit", "x"), ("cursor", "zzz"), ("updated_after", "yesterday"),
    ("sort", "1"),
])
def test_a_wrong_query_is_422(world: World, name: str, value: str) -> None:
    assert _pointers(world.ask("GET", f"/v1/borrowers?{name}={value}", who="lender")) == [f"/{name}"]
