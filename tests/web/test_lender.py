"""What lenders send and read back."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from registry.model.times import MINUTE, SECOND, stamp
from tests.web.world import As, World


def test_a_borrower_is_registered_and_read_back_without_name_or_address(world: World) -> None:
    body = world.borrower(time_zone="Asia/Shanghai")
    made = world.lender.post("/v1/borrowers", body)
    assert made.status_code == 201
    assert made.json["ref"] == body["ref"]
    assert [one["medium"] for one in made.json["channels"]] == ["voice", "sms"]
    shown = world.lender.get(f"/v1/borrowers/{made.json['borrower']}")
    assert (shown.json["residence"], shown.json["time_zone"], shown.json["state"]) == ("CN", "Asia/Shanghai", "open")
    for answer in (made, shown, world.lender.get("/v1/borrowers?limit=200")):
        assert body["channels"][0]["value"] not in answer.text
        assert "样例" not in answer.text
        assert "name" not in answer.json


def test_a_channel_is_added_disputed_and_removed(world: World) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    path = f"/v1/borrowers/{borrower}/channels"
    added = world.lender.post(path, {"medium": "email", "value": "Someone@demo.invalid", "use": "personal"})
    assert added.status_code == 201
    assert (added.json["medium"], added.json["use"]) == ("email", "personal")
    first = world.lender.get(path).json["items"][0]["channel"]
    assert world.lender.post(f"{path}/{first}/dispute").status_code == 201
    assert world.lender.delete(f"{path}/{added.json['channel']}").status_code == 200
    assert [one["state"] for one in world.lender.get(path).json["items"]] == ["disputed", "live", "removed"]
    assert world.lender.delete(f"{path}/{'0' * 32}").status_code == 404


def test_a_value_may_come_as_a_jwe_to_the_vault(world: World) -> None:
    (key,) = [one for one in world.nobody.get("/v1/keys").json["keys"] if one["use"] == "enc"]
    number = world.number()
    token = jwe.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key["kid"]}, number.encode(),
        ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y")}))
    body = world.borrower(channels=[{"medium": "voice", "jwe": token, "use": "personal"}])
    assert world.lender.post("/v1/borrowers", body).status_code == 201
    for channel in ({"medium": "voice", "use": "personal"},
                    {"medium": "voice", "use": "personal", "value": number, "jwe": token}):
        assert world.lender.post("/v1/borrowers", world.borrower(channels=[channel])).status_code == 422


def test_a_contact_reads_back_as_pending_whoever_it_is(world: World) -> None:
    ids = world.someone()
    path = f"/v1/borrowers/{ids['borrower']}/contacts"
    known = world.contact(rank=2)
    first = world.lender.post(path, known)
    again = world.lender.post(path, {**known, "ref": "the-same-line", "rank": 3})
    for answer in (first, again):
        assert (answer.status_code, answer.json["state"]) == (201, "pending")
        assert set(answer.json) == {"contact", "ref", "state", "log_index", "proof"}
    items = world.lender.get(path).json["items"]
    assert [(one["rank"], one["state"]) for one in items] == [(1, "pending"), (2, "pending"), (3, "pending")]
    assert world.lender.get(f"/v1/contacts/{first.json['contact']}").json["relation"] == "sibling"
    assert known["number"] not in world.lender.get(path).text


@pytest.mark.parametrize("changes", [
    {"rank": 0}, {"rank": 6}, {"relation": "boss"}, {"name": "名" * 41}, {"number": ""},
])
def test_an_ill_contact_is_refused(world: World, changes: dict[str, Any]) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    assert world.lender.post(f"/v1/borrowers/{borrower}/contacts", world.contact(**changes)).status_code == 422


def test_an_account_is_opened_changed_and_read(world: World) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    body = world.account(borrower)
    made = world.lender.post("/v1/accounts", body)
    assert made.status_code == 201
    assert {name: made.json[name] for name in body} == body
    path = f"/v1/accounts/{made.json['account']}"
    changed = world.lender.patch(path, {"balance_minor": 5, "state": "paid", "as_of": "2026-09-22"})
    assert (changed.status_code, changed.json["balance_minor"], changed.json["state"]) == (200, 5, "paid")
    shown = world.lender.get(path).json
    assert (shown["balance_minor"], shown["currency"], shown["as_of"]) == (5, "CNY", "2026-09-22")
    assert world.lender.patch(path, {"balance_minor": 6}).json["as_of"] == "2026-09-22"
    assert world.lender.patch(path, {}).status_code == 422
    assert world.lender.patch(path, {"currency": "EUR", "as_of": "2026-09-22"}).status_code == 422


def test_an_account_is_placed_and_recalled(world: World) -> None:
    ids = world.someone()
    path = f"/v1/accounts/{ids['account']}/placements"
    (listed,) = world.lender.get(path).json["items"]
    assert (listed["placement"], listed["from"], listed["state"]) == (ids["placement"], "2026-09-01", "placed")
    assert world.collector.get(f"/v1/accounts/{ids['account']}").status_code == 200
    ended = world.lender.delete(f"{path}/{ids['placement']}")
    assert (ended.status_code, ended.json["placement"]) == (200, ids["placement"])
    assert world.lender.get(path).json["items"][0]["state"] == "recalled"
    assert world.collector.get(f"/v1/accounts/{ids['account']}").status_code == 404
    assert world.lender.delete(f"{path}/{'0' * 32}").status_code == 404


@pytest.mark.parametrize("feed", ["payments", "logins", "inbound"])
def test_a_feed_is_reported_complete(world: World, feed: str) -> None:
    told = world.lender.put(f"/v1/feeds/{feed}", {"complete_through": stamp(world.clock.now())})
    assert (told.status_code, told.json["feed"], told.json["complete_through"]) == (
        200, feed, stamp(world.clock.now()))


def test_a_feed_from_the_future_or_of_another_name_is_refused(world: World) -> None:
    later = {"complete_through": stamp(world.clock.now() + MINUTE + SECOND)}
    assert world.lender.put("/v1/feeds/payments", later).status_code == 422
    assert world.lender.put("/v1/feeds/gossip", later).status_code == 404


def test_signs_of_life_and_holds_are_recorded(world: World) -> None:
    ids = world.someone()
    path = f"/v1/borrowers/{ids['borrower']}"
    assert world.lender.post(f"{path}/signs-of-life", {"source": "payment"}).status_code == 201
    assert world.lender.post(f"{path}/signs-of-life", {}).status_code == 201
    assert world.lender.post(f"{path}/signs-of-life", {"source": "rumour"}).status_code == 422
    held = world.lender.post(f"{path}/holds", {"type": "dispute", "account": ids["account"]})
    assert (held.status_code, held.json["type"], held.json["account"]) == (201, "dispute", ids["account"])
    (listed,) = world.lender.get(f"{path}/holds").json["items"]
    assert (listed["hold"], listed["state"]) == (held.json["hold"], "placed")
    assert world.collector.get(f"/v1/accounts/{ids['account']}").json["collection"] == "paused"


def test_erasure_closes_at_once(world: World) -> None:
    ids = world.someone()
    assert world.lender.post(f"/v1/contacts/{ids['contact']}/erasure").status_code == 201
    assert world.lender.get(f"/v1/contacts/{ids['contact']}").json["state"] == "not-usable"
    assert world.lender.post(f"/v1/borrowers/{ids['borrower']}/erasure").status_code == 201
    assert world.lender.get(f"/v1/borrowers/{ids['borrower']}").json["state"] == "closed"
    assert world.collector.get(f"/v1/accounts/{ids['account']}").status_code == 404


def test_a_ref_is_used_once_and_says_nothing_of_other_lenders(world: World) -> None:
    body = world.borrower()
    assert world.lender.post("/v1/borrowers", body).status_code == 201
    for again in (body, world.borrower(ref=body["ref"])):
        answer = world.lender.post("/v1/borrowers", again)
        assert (answer.status_code, answer.json["code"]) == (409, "ref-exists")
    ids = world.someone()
    contact = world.contact(rank=2)
    path = f"/v1/borrowers/{ids['borrower']}/contacts"
    assert [world.lender.post(path, contact).status_code for _ in range(2)] == [201, 409]
    account = world.account(ids["borrower"])
    assert [world.lender.post("/v1/accounts", account).status_code for _ in range(2)] == [201, 409]
    assert world.lender.post("/v1/accounts", {**account, "balance_minor": 1}).json["code"] == "ref-exists"


def test_another_lender_sees_and_touches_nothing(world: World) -> None:
    ids = world.someone()
    other = As(world.app.test_client(), world.token("lender", "7" * 32))
    for path in (f"/v1/borrowers/{ids['borrower']}", f"/v1/accounts/{ids['account']}",
                 f"/v1/contacts/{ids['contact']}",
                 f"/v1/borrowers/{ids['borrower']}/contacts", f"/v1/accounts/{ids['account']}/placements",
                 f"/v1/borrowers/{ids['borrower']}/holds", f"/v1/borrowers/{ids['borrower']}/channels"):
        assert other.get(path).status_code == 404, path
    for path, body in (
        (f"/v1/borrowers/{ids['borrower']}/holds", {"type": "cease"}),
        (f"/v1/borrowers/{ids['borrower']}/signs-of-life", {"source": "payment"}),
        (f"/v1/borrowers/{ids['borrower']}/contacts", world.contact()),
        ("/v1/accounts", world.account(ids["borrower"])),
        (f"/v1/borrowers/{ids['borrower']}/channels", {"medium": "email", "value": "a@demo.invalid", "use": "work"}),
        (f"/v1/borrowers/{ids['borrower']}/erasure", {}), (f"/v1/contacts/{ids['contact']}/erasure", {}),
        (f"/v1/accounts/{ids['account']}/placements",
         {"agency": world.made["agency"].id, "from": "2026-09-01", "until": "2026-12-01"}),
    ):
        assert other.post(path, body).status_code == 404, path
    assert other.patch(f"/v1/accounts/{ids['account']}", {"as_of": "2026-09-22"}).status_code == 404
    assert other.delete(f"/v1/accounts/{ids['account']}/placements/{ids['placement']}").status_code == 404
    assert other.get("/v1/borrowers").json == {"items": [], "next": None}
