"""What auditors read."""

from __future__ import annotations

from tests.web.world import World


def test_a_lookup_is_shown_with_entry_facts_reasons_replay_and_proof(world: World) -> None:
    ids = world.someone()
    asked = world.collector.post("/v1/lookups", world.lookup(ids["account"]), idempotency_key="audit-1").json
    world.settle()
    listed = world.auditor.get(f"/v1/audit/lookups?account={ids['account']}").json["items"]
    assert [(one["lookup"], one["verdict"], one["log_index"]) for one in listed] == [
        (asked["lookup"], "deny", asked["log_index"])]
    size = world.bench.vault.call("status", {})["size"]
    shown = world.auditor.get(f"/v1/audit/lookups/{asked['lookup']}")
    assert shown.status_code == 200
    assert shown.json["entry"]["body"]["reasons"] == shown.json["reasons"]
    assert shown.json["replay"] == {"verdict": "deny", "agrees": True}
    assert shown.json["proof"].startswith("c2sp.org/tlog-proof@v1\n")
    entry = world.bench.vault.call("entry", {"index": size})["entry"]
    assert (entry["kind"], entry["body"]["lookup"]) == ("viewed/1", asked["lookup"]), "the look is an entry"


def test_lookups_are_found_by_client_and_verdict(world: World) -> None:
    ids = world.someone()
    world.collector.post("/v1/lookups", world.lookup(ids["account"]), idempotency_key="audit-2")
    world.using("rival_collector").post("/v1/lookups", world.lookup(ids["account"]), idempotency_key="audit-3")
    world.settle()
    rival = world.made["rival"].id
    found = world.auditor.get(f"/v1/audit/lookups?client={rival}&account={ids['account']}&verdict=deny").json["items"]
    assert [one["client"] for one in found] == [rival]
    assert world.auditor.get(f"/v1/audit/lookups?account={ids['account']}&verdict=permit").json["items"] == []


def test_an_unknown_lookup_is_404_and_no_entry(world: World) -> None:
    size = world.bench.vault.call("status", {})["size"]
    assert world.auditor.get(f"/v1/audit/lookups/{'0' * 32}").status_code == 404
    assert world.bench.vault.call("status", {})["size"] == size


def test_entries_are_the_log_in_order_to_its_end(world: World) -> None:
    found, path = [], "/v1/audit/entries?limit=7"
    while True:
        page = world.auditor.get(path).json
        found += page["items"]
        if page["next"] is None:
            break
        path = f"/v1/audit/entries?limit=7&cursor={page['next']}"
    assert [one["index"] for one in found] == list(range(world.bench.vault.call("status", {})["size"]))
    assert found[0]["entry"]["kind"] == "genesis/1"
