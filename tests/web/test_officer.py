"""Officers' acts over HTTP: in two steps, found again by path and body, for an hour."""

from __future__ import annotations

import hashlib
from typing import Any

from registry import officer
from registry.demo import parties
from registry.model.ids import new_id
from registry.model.times import DAY, HOUR, SECOND, stamp
from registry.shipped import shipped_packs
from tests.databases import everything_in
from tests.web.world import World

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


def agency_body(world: World, **changes: Any) -> dict[str, Any]:
    return {"agency": world.made["agency"].id, "lender": world.made["lender"].id, "role": "entrusted",
            "until": stamp(world.clock.now() + 300 * DAY), **changes}


def test_an_act_without_signature_is_refused_and_says_what_to_do(world: World) -> None:
    answer = world.officer.post("/v1/agencies", agency_body(world))
    assert (answer.status_code, answer.json["code"]) == (403, "authority-missing")
    assert "draft=1" in answer.json["detail"]


def test_a_draft_holds_the_unsigned_entry_and_does_nothing(world: World) -> None:
    size = world.bench.vault.call("status", {})["size"]
    body = agency_body(world)
    draft = world.officer.post("/v1/agencies?draft=1", body)
    assert draft.status_code == 200
    assert set(draft.json["entry"]) == {"v", "id", "kind", "by", "body"}
    assert draft.json["entry"]["kind"] == "agency-approved/1"
    assert draft.json["entry"]["by"] == {"role": "officer", "id": world.made["officer"].id}
    assert world.bench.vault.call("status", {})["size"] == size
    assert world.officer.post("/v1/agencies?draft=1", body).json == draft.json, "asked again: the same draft"


def test_the_same_body_with_signatures_does_it_once(world: World) -> None:
    body = agency_body(world, role="independent")
    draft = world.officer.post("/v1/agencies?draft=1", body).json
    signed = {**body, "auth": world.vouched(draft, officers=2)}
    done = world.officer.post("/v1/agencies", signed)
    assert (done.status_code, done.json["role"]) == (201, "independent")
    assert world.officer.get("/v1/agencies?limit=200").json["items"][-1]["role"] == "independent"
    assert world.officer.post("/v1/agencies", signed).json["log_index"] == done.json["log_index"]
    fresh = world.officer.post("/v1/agencies?draft=1", body).json
    assert fresh["entry"]["id"] != draft["entry"]["id"], "what was done is not drafted again"


def test_signatures_without_a_draft_or_for_another_body_are_a_conflict(world: World) -> None:
    body = agency_body(world, until=stamp(world.clock.now() + 200 * DAY))
    draft = world.officer.post("/v1/agencies?draft=1", body).json
    other = {**body, "until": stamp(world.clock.now() + 201 * DAY), "auth": world.vouched(draft)}
    answer = world.officer.post("/v1/agencies", other)
    assert (answer.status_code, answer.json["code"]) == (409, "draft-missing")


def test_a_draft_lives_one_hour(world: World) -> None:
    body = agency_body(world, until=stamp(world.clock.now() + 199 * DAY))
    draft = world.officer.post("/v1/agencies?draft=1", body).json
    world.clock.move_to(world.clock.now() + HOUR + SECOND)
    answer = world.officer.post("/v1/agencies", {**body, "auth": world.vouched(draft)})
    assert (answer.status_code, answer.json["code"]) == (409, "draft-missing")


def test_a_signature_that_does_not_hold_is_403_and_no_entry(world: World) -> None:
    body = agency_body(world, until=stamp(world.clock.now() + 198 * DAY))
    draft = world.officer.post("/v1/agencies?draft=1", body).json
    size = world.bench.vault.call("status", {})["size"]
    other = officer.sign(world.officer.post("/v1/releases/resume?draft=1").json, world.keys.officers[0])
    for auth in ([other], [{**world.vouched(draft)[0], "officer": "9" * 32}]):
        answer = world.officer.post("/v1/agencies", {**body, "auth": auth})
        assert (answer.status_code, answer.json["code"]) == (403, "signature-invalid")
    assert world.bench.vault.call("status", {})["size"] == size
    assert world.officer.post("/v1/agencies", {**body, "auth": world.vouched(draft)}).status_code == 201


def test_a_hold_is_lifted_by_signature_and_its_note_is_sealed(world: World) -> None:
    ids = world.someone()
    hold = world.lender.post(f"/v1/borrowers/{ids['borrower']}/holds", {"type": "dispute"}).json["hold"]
    assert world.collector.get(f"/v1/accounts/{ids['account']}").json["collection"] == "paused"
    note = "settled by phone, invented words"
    done = world.done(f"/v1/holds/{hold}/lift", {"note": note})
    assert (done.status_code, done.json["hold"]) == (201, hold)
    assert world.collector.get(f"/v1/accounts/{ids['account']}").json["collection"] == "allowed"
    entry = world.bench.vault.call("entry", {"index": done.json["log_index"]})["entry"]
    assert len(entry["body"]["note"]) == 64
    path = world.app.config["SQLALCHEMY_DATABASE_URI"]
    dump = everything_in(path)
    assert entry["body"]["note"] in dump
    assert note not in dump
    assert hashlib.sha256(note.encode()).hexdigest() not in dump
    assert world.officer.post(f"/v1/holds/{'0' * 32}/lift?draft=1", {"note": note}).status_code == 404


def test_a_provider_is_registered_and_the_courier_has_its_secret(world: World) -> None:
    body = {"name": "dialler-two", "kind": "neutral", "owner": "neutral", "secret": SECRET}
    draft = world.officer.post("/v1/providers?draft=1", body)
    assert SECRET not in draft.text
    wrong = {**body, "secret": SECRET.replace("QUJ", "QUK"), "auth": world.vouched(draft.json)}
    assert world.officer.post("/v1/providers", wrong).json["code"] == "draft-missing"
    done = world.officer.post("/v1/providers", {**body, "auth": world.vouched(draft.json)})
    assert (done.status_code, done.json["grade"]) == (201, "B")
    status = world.lender.get("/v1/providers/dialler-two")
    assert (status.json["next_seq"], status.json["gaps"], status.json["waiting"], status.json["refused"]) == (
        1, [], 0, [])
    again = world.officer.post("/v1/providers?draft=1", body)
    assert (again.status_code, again.json["code"]) == (409, "provider-exists")
    path = world.app.config["SQLALCHEMY_DATABASE_URI"]
    assert SECRET not in everything_in(path)
    assert world.officer.get("/v1/providers/nobody").status_code == 404


def test_a_provider_with_its_own_key_is_grade_a(world: World) -> None:
    key = officer.load(world.keys.officers[0]).public
    done = world.done("/v1/providers", {"name": "signer", "kind": "neutral", "owner": "registry", "public_key": key})
    assert (done.status_code, done.json["grade"]) == (201, "A")
    both = {"name": "both", "kind": "neutral", "owner": "registry", "public_key": key, "secret": SECRET}
    assert world.officer.post("/v1/providers?draft=1", both).status_code == 422


def test_a_pack_is_activated_with_its_whole_text(world: World) -> None:
    text = shipped_packs()["cn"].text
    body = {"name": "cn", "version": "2", "text": text, "effective_from": stamp(world.clock.now() + 2 * DAY)}
    done = world.done("/v1/packs", body, officers=2)
    assert done.status_code == 201, done.text
    assert done.json["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert world.officer.get("/v1/packs").json["items"][-1]["sha256"] == done.json["sha256"]


def test_everything_stops_at_once_and_goes_on_by_signature(world: World) -> None:
    assert world.officer.post("/v1/releases/stop").json["releases"] == "stopped"
    assert world.nobody.get("/readyz").json["releases"] == "stopped"
    assert world.done("/v1/releases/resume", {}).json["releases"] == "resumed"
    assert world.nobody.get("/readyz").json["releases"] == "open"
    assert world.officer.post("/v1/releases/stop").status_code == 201
    assert world.done("/v1/releases/resume", {}).status_code == 201, "a second stop needs a second signature"
    assert world.nobody.get("/readyz").json["releases"] == "open"


def test_a_party_is_suspended_at_once(world: World) -> None:
    rival = new_id(world.bench.ports.random)
    parties.act(world.bench.ports, world.keys, world.made["officer"], "party-registered/1",
                {"party": rival, "role": "agency", "name": "示例催收三部"})
    assert world.officer.post(f"/v1/parties/{'0' * 32}/suspension").status_code == 404
    assert world.officer.post(f"/v1/parties/{rival}/suspension").json["party"] == rival
    shown = {one["party"]: one["state"] for one in world.officer.get("/v1/parties").json["items"]}
    assert shown[rival] == "suspended"
    assert shown[world.made["agency"].id] == "active"


def test_a_secret_that_is_none_is_refused_before_anything_is_recorded(world: World) -> None:
    body = {"name": "dialler-three", "kind": "neutral", "owner": "neutral", "secret": "whsec_short"}
    size = world.bench.vault.call("status", {})["size"]
    answer = world.officer.post("/v1/providers?draft=1", body)
    assert (answer.status_code, answer.json["code"]) == (422, "secret-malformed"), "nobody signs it in vain"
    assert world.bench.vault.call("status", {})["size"] == size
    assert "whsec_short" not in answer.text


def test_of_two_drafts_with_different_notes_the_signed_one_is_done(world: World) -> None:
    ids = world.someone()
    hold = world.lender.post(f"/v1/borrowers/{ids['borrower']}/holds", {"type": "dispute"}).json["hold"]
    path = f"/v1/holds/{hold}/lift"
    first, _second = (world.officer.post(f"{path}?draft=1", {"note": note}).json for note in ("one", "two"))
    done = world.officer.post(path, {"note": "one", "auth": world.vouched(first)})
    assert done.status_code == 201
    entry = world.bench.vault.call("entry", {"index": done.json["log_index"]})["entry"]
    assert entry["body"] == first["entry"]["body"]
