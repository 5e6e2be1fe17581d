"""A borrower who moved through a dozen laws: a refusal with its entry, never a lookup that fails."""

from __future__ import annotations

from registry.audit.replay import replay
from registry.model.times import DAY, stamp
from registry.shipped import shipped_outcomes, shipped_packs
from tests.vault.test_united_states import activate
from tests.world import World

PLACES = (
    ("US-MA", "America/New_York"), ("GB", "Europe/London"), ("DE", "Europe/Berlin"), ("IN", "Asia/Kolkata"),
    ("ID-JK", "Asia/Jakarta"), ("KE", "Africa/Nairobi"), ("VN", "Asia/Ho_Chi_Minh"), ("PH", "Asia/Manila"),
    ("CN", "Asia/Shanghai"),
)
LOOSER = {"hours.borrower": '["08:00", "21:30"]', "borrower.max_dials_7d": "9"}


def test_more_packs_than_an_entry_names_are_a_denial_that_is_logged_and_replays(world: World) -> None:
    world.at(-30)
    person = world.borrower()
    world.account(person)
    for name in ("us", "us-ma", "uk", "eu", "in", "id", "ke", "vn", "ph"):
        activate(world, name)
    for residence, zone in PLACES:
        world.append("borrower-changed/1", {
            "borrower": person.borrower, "lender": world.lender.id, "residence": residence, "time_zone": zone,
        }, world.lender)
    for place, (parameter, value) in enumerate(LOOSER.items()):
        ident = f"{place:032x}"
        world.sign("derogation-granted/1", {
            "derogation": ident, "parameter": parameter, "value": value, "lender": world.lender.id,
            "floor_sha256": shipped_packs()["floor"].id.sha256, "effective_from": stamp(world.clock.at),
            "until": stamp(world.clock.at + 80 * DAY), "reason": "0" * 64,
        }, ident=ident, officers=2)
    for about in ({}, {"about": "borrower", "purpose": "contact-borrower"}):
        answer = world.lookup(person, **about)
        assert answer["verdict"] == "deny"
        body = world.entry(answer["lookup"]).body
        assert "pack-conflict" in body["reasons"]
        assert len(body["packs"]) == 12
    assert world.may_dial(person)["may_dial"] is False
    log = world.vault.desk.log
    report = replay([data for _, data in log.leaves(0, log.size)], shipped_outcomes())
    assert report.ok, report.failure
