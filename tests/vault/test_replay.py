"""P9: what the desk decided, the auditor decides again from the log alone."""

from __future__ import annotations

from registry.audit.replay import replay
from registry.model.entries import leaf
from registry.shipped import outcome_tables
from registry.vault.authority import check_signatures
from tests.world import World


def test_everything_the_desk_can_log_about_a_lookup_replays(world: World) -> None:
    permitted, overtaken, erased, waiting = world.unreachables(4, approve=False)
    for person in (permitted, overtaken, erased):
        world.approve(person)
    world.lookup(permitted, key="k")
    world.lookup(permitted, key="k")
    world.lookup(permitted)
    world.lookup(waiting)
    world.lookup(waiting)
    world.lookup(waiting, by=world.rival)
    world.lookup(waiting, account="f" * 32)
    world.lookup(waiting, purpose="contact-borrower")
    world.alive()
    hold = world.draft("hold-placed/1", {
        "hold": "ab" * 16, "borrower": overtaken.borrower, "type": "dispute"}, world.lender, "ab" * 16)
    world.vault.round([("lookup", world.asked(overtaken)), ("append", {"entry": hold.value()})])
    world.append("erasure-requested/1", {
        "subject": erased.borrower, "role": "borrower", "borrower": erased.borrower}, world.lender)
    world.lookup(erased)
    world.clock.at += 60_000
    world.call("lookup", **world.asked(waiting))
    world.call("clock-advance", by=world.lender.value(), seconds=86_400)
    world.lookup(waiting)
    entries = world.entries()
    report = replay((leaf(entry.draft, entry.at) for entry in entries), *outcome_tables())
    assert report.failure is None, (report.index, report.failure)
    assert report.decisions == sum(entry.kind == "lookup-decided/1" for entry in entries) >= 14
    assert report.size == len(entries)


def test_signatures_of_the_whole_log_hold_without_the_vault(world: World) -> None:
    world.unreachable()
    for entry in world.entries():
        check_signatures(entry.draft, world.vault.desk.directory, entry.at)
