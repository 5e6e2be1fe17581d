"""A channel that the lender removed is written to until its look-back is over (docs/adr/0004)."""

from __future__ import annotations

from tests.web.world import World


def test_a_removed_channel_keeps_its_sealed_address_and_is_sent_the_notice(world: World) -> None:
    ids = world.someone()
    path = f"/v1/borrowers/{ids['borrower']}/channels"
    answer = world.lender.post(path, {"medium": "email", "value": "gone@demo.invalid", "use": "personal"})
    added = answer.json["channel"]
    assert world.lender.delete(f"{path}/{added}").status_code == 200
    assert set(world.bench.store.blobs(ids["borrower"], [added])) == {added}
    asked = world.collector.post(f"/v1/accounts/{ids['account']}/notices", {}, **{"Idempotency-Key": "told"})
    assert asked.status_code == 201
    world.settle()
    assert [one["template"] for one in world.messages("gone@demo.invalid")] == ["borrower-notice"]
