"""Idempotency-Key: the vault remembers, this tier passes it on; a ref heals a request cut short."""

from __future__ import annotations

from typing import Any

import pytest

from registry.store.values import Values
from tests.web.world import World


def test_a_repeated_write_gives_the_same_answer_and_one_entry(world: World) -> None:
    body = world.borrower()
    first = world.lender.post("/v1/borrowers", body, idempotency_key="same-1")
    again = world.lender.post("/v1/borrowers", body, idempotency_key="same-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["borrower"] == again.json["borrower"]
    assert first.json["log_index"] == again.json["log_index"]


def test_the_same_key_with_another_body_is_a_conflict(world: World) -> None:
    world.lender.post("/v1/borrowers", world.borrower(), idempotency_key="other-1")
    answer = world.lender.post("/v1/borrowers", world.borrower(), idempotency_key="other-1")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency-conflict")


def test_a_taken_ref_under_another_key_is_a_conflict(world: World) -> None:
    body = world.borrower()
    world.lender.post("/v1/borrowers", body, idempotency_key="key-1")
    answer = world.lender.post("/v1/borrowers", body, idempotency_key="key-2")
    assert (answer.status_code, answer.json["code"]) == (409, "ref-exists")


def test_keys_are_of_one_client_method_and_path(world: World) -> None:
    ids = world.someone()
    path = f"/v1/borrowers/{ids['borrower']}"
    one = world.lender.post(f"{path}/holds", {"type": "dispute"}, idempotency_key="k")
    two = world.lender.post(f"{path}/signs-of-life", {"source": "payment"}, idempotency_key="k")
    again = world.lender.post(f"{path}/holds", {"type": "dispute"}, idempotency_key="k")
    assert (one.status_code, two.status_code) == (201, 201)
    assert again.json["hold"] == one.json["hold"]
    other = world.lender.post(f"/v1/borrowers/{world.someone()['borrower']}/holds", {"type": "dispute"},
                              idempotency_key="k")
    assert other.json["hold"] != one.json["hold"]


def test_repeated_placements_answer_with_the_first(world: World) -> None:
    borrower = world.lender.post("/v1/borrowers", world.borrower()).json["borrower"]
    account = world.lender.post("/v1/accounts", world.account(borrower)).json["account"]
    body = {"agency": world.made["agency"].id, "from": "2026-09-01", "until": "2026-12-01"}
    path = f"/v1/accounts/{account}/placements"
    first, again = (world.lender.post(path, body, idempotency_key="p").json for _ in range(2))
    assert first["placement"] == again["placement"]
    assert len(world.lender.get(path).json["items"]) == 1


def test_a_repeated_denial_is_the_stored_denial(world: World) -> None:
    body = world.lookup(world.someone()["account"])
    first, again = (world.collector.post("/v1/lookups", body, idempotency_key="deny-1").json for _ in range(2))
    assert (first["lookup"], first["log_index"]) == (again["lookup"], again["log_index"])
    answer = world.collector.post("/v1/lookups", {**body, "agent": "agent-18"}, idempotency_key="deny-1")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency-conflict")


@pytest.mark.parametrize("kind", ["borrower", "contact"])
def test_a_deposit_cut_short_after_the_vault_heals_when_it_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "borrower":
        path, body = "/v1/borrowers", world.borrower()
    else:
        path, body = f"/v1/borrowers/{world.someone()['borrower']}/contacts", world.contact(rank=2)

    def cut(*_args: Any) -> bool:
        raise OSError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(Values, "settle_ref", cut)
        assert world.lender.post(path, body).status_code == 500
    size = world.bench.vault.call("status", {})["size"]
    healed = world.lender.post(path, body)
    assert healed.status_code == 201
    assert world.bench.vault.call("status", {})["size"] == size, "the second try must find the first one's entries"
    subject = healed.json[kind]
    names = ["name", *(["number"] if kind == "contact" else [one["channel"] for one in healed.json["channels"]])]
    assert set(world.bench.store.blobs(subject, names)) == set(names)


def test_of_two_deposits_racing_for_one_ref_the_second_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = world.borrower()
    won = Values.settle_ref
    codes = []

    def overtaken(store: Values, *args: Any) -> bool:
        monkeypatch.setattr(Values, "settle_ref", won)
        codes.append(world.lender.post("/v1/borrowers", body).status_code)
        return won(store, *args)

    monkeypatch.setattr(Values, "settle_ref", overtaken)
    codes.append(world.lender.post("/v1/borrowers", body).status_code)
    assert codes == [201, 409]
