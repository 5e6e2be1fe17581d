from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from registry.errors import MalformedError, NotFoundError
from registry.model.entries import entry_of, leaf
from registry.model.times import parse_stamp
from registry.policy import RULES_VERSION
from registry.tlog.note import parse_verifier
from registry.tlog.proof import parse_proof, verify_proof
from tests.world import World


def test_status_says_what_the_vault_is(world: World) -> None:
    found = world.vault.call("status", {})
    assert found == {
        "origin": "demo.invalid/world", "demo": True, "size": world.vault.desk.log.size,
        "published": world.vault.desk.log.size, "witnesses": "none", "log_now": found["log_now"],
        "rules": RULES_VERSION,
        "stopped": False,
    }
    assert parse_stamp(found["log_now"]) == world.clock.at
    world.alive()
    world.clock.at += 2_000
    assert world.vault.call("status", {})["courier_seen_ms"] == 2_000
    world.append("releases-stopped/1", {}, world.lender)
    assert world.vault.call("status", {})["stopped"] is True


def test_public_keys_are_those_of_genesis(world: World) -> None:
    found, genesis = world.vault.call("keys", {}), world.entries("genesis/1")[0].body
    sig, enc = found["jwks"]["keys"]
    assert (sig["use"], enc["use"]) == ("sig", "enc")
    assert sig["x"] == genesis["vault_sig"]
    assert {name: enc[name] for name in ("kty", "crv", "x", "y")} == genesis["vault_enc"]
    assert found["log_vkey"] == genesis["log_key"]
    assert found["courier_sig"] == genesis["courier_sig"]
    assert not any("d" in one for one in (sig, enc))


def test_every_write_comes_with_a_proof_that_holds(world: World) -> None:
    made = world.append("releases-stopped/1", {}, world.lender)
    vkey = world.vault.call("keys", {})["log_vkey"]
    (shown,) = made["entries"]
    entry = world.entries()[made["log_index"]]
    verify_proof(made["proof"], leaf(entry.draft, entry.at), parse_verifier(vkey))
    assert parse_proof(made["proof"]).index == made["log_index"]
    assert shown["entry"] == {**entry.draft.value(), "logged_at": made["logged_at"]}


def test_following_gives_the_leaves_as_they_are(world: World) -> None:
    world.borrower()
    found = world.vault.call("follow", {"after": 1, "limit": 3})
    assert [one["index"] for one in found["entries"]] == [1, 2, 3]
    assert found["size"] == world.vault.desk.log.published
    for one in found["entries"]:
        data = json.dumps(one["entry"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        assert entry_of(one["index"], data) == world.entries()[one["index"]]
    assert world.vault.call("follow", {"after": 10**9, "limit": 500})["entries"] == []
    assert world.vault.desk.courier_seen is None, "only the courier's own following is a sign of it"
    with pytest.raises(MalformedError):
        world.vault.call("follow", {"after": 0, "limit": 501})


def test_tiles_and_bundles_are_served_as_far_as_published(world: World) -> None:
    size = world.vault.desk.log.published
    data = base64.b64decode(world.vault.call("tile", {"level": 0, "n": 0, "width": size})["data"])
    assert len(data) == 32 * size
    assert world.vault.call("entries-bundle", {"n": 0, "width": size})["data"]
    for op, args in (("tile", {"level": 0, "n": 0, "width": size + 1}), ("tile", {"level": 1, "n": 0, "width": 1}),
                     ("entries-bundle", {"n": 0, "width": size + 1}), ("entries-bundle", {"n": 7, "width": 1})):
        with pytest.raises(NotFoundError):
            world.vault.call(op, args)
    assert world.vault.call("checkpoint", {})["text"].startswith(f"demo.invalid/world\n{size}\n")


@pytest.mark.parametrize("args", [{}, {"index": 10**9}, {"id": "f" * 32}])
def test_an_entry_that_is_not_there_is_not_found(world: World, args: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError):
        world.vault.call("entry", args)


def test_an_auditor_sees_facts_reasons_and_the_decision_made_again(world: World) -> None:
    person = world.unreachable()
    permit = world.lookup(person)
    world.append("hold-placed/1", {"hold": "ab" * 16, "borrower": person.borrower, "type": "dispute"}, world.lender,
                 "ab" * 16)
    deny = world.lookup(person)
    for answer in (permit, deny):
        found = world.vault.call("audit-lookup", {"by": world.auditor.value(), "lookup": answer["lookup"]})
        assert found["replay"] == {"verdict": answer["verdict"], "agrees": True}
        assert found["reasons"] == world.codes(answer)
        assert found["entry"]["body"]["lookup"] == answer["lookup"]
        text = json.dumps(found)
        assert person.contact_number[3:] not in text
        assert person.number[3:] not in text
    assert found["facts"]["holds"] == ["dispute"]
    with pytest.raises(NotFoundError):
        world.vault.call("audit-lookup", {"by": world.auditor.value(), "lookup": "f" * 32})


def test_a_decision_that_does_not_follow_from_the_log_does_not_agree(world: World) -> None:
    person = world.unreachable(attempts=7)
    deny = world.lookup(person)
    entry = world.entry(deny["lookup"])
    desk = world.vault.desk
    lie = {**entry.body, "lookup": "cd" * 16, "reasons": ["account-not-open"], "as_of": desk.log.size}
    with desk.log.operation() as at:
        desk.make("lookup-decided/1", lie, at, ident="cd" * 16)
    desk.log.commit()
    found = world.vault.call("audit-lookup", {"by": world.auditor.value(), "lookup": "cd" * 16})
    assert found["replay"] == {"verdict": "deny", "agrees": False}


def test_an_officer_sees_the_facts_of_a_request_but_no_number(world: World) -> None:
    person = world.unreachable(approve=False)
    answer = world.lookup(person)
    officer = {"role": "officer", "id": world.officers[0].id}
    facts = world.vault.call("approval-facts", {"by": officer, "approval": answer["approval"]})
    assert facts["borrower"] == person.borrower
    assert len(facts["attempts"]) == 27
    for number in (person.contact_number, person.number):
        assert number[4:] not in json.dumps(facts)


def test_a_lookups_status_is_its_answer_without_the_number_for_its_own_client(world: World) -> None:
    person = world.unreachable()
    permit = world.lookup(person)
    found = world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": permit["lookup"]})
    assert found == {name: permit[name] for name in permit if name != "release"}
    deny = world.lookup(person)
    assert world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": deny["lookup"]}) == deny
    for by in (world.rival, world.lender):
        with pytest.raises(NotFoundError):
            world.vault.call("lookup-status", {"by": by.value(), "lookup": permit["lookup"]})
    world.clock.at += 25 * 3_600_000
    later = world.vault.call("lookup-status", {"by": world.agency.value(), "lookup": permit["lookup"]})
    assert {name: later[name] for name in ("lookup", "verdict", "log_index", "expires_at")} == {
        name: permit[name] for name in ("lookup", "verdict", "log_index", "expires_at")}


def test_an_account_is_shown_to_its_lender_and_its_agency(world: World) -> None:
    person = world.unreachable(approve=False)
    for by in (world.agency, world.lender):
        found = world.vault.call("account", {"by": by.value(), "account": person.account})
        assert (found["account"], found["collection"]) == (person.account, "allowed")
    world.append("hold-placed/1", {"hold": "ab" * 16, "borrower": person.borrower, "type": "dispute"}, world.lender,
                 "ab" * 16)
    found = world.vault.call("account", {"by": world.agency.value(), "account": person.account})
    assert found["collection"] == "paused"


def test_a_note_is_sealed_and_pinned_by_a_salted_commitment(world: World) -> None:
    first, second = (world.call("seal-note", text="because") for _ in range(2))
    assert first["commitment"] != second["commitment"]
    assert b"because" not in base64.b64decode(first["blob"])
