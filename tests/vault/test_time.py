"""No op can backdate: entries are stamped by the log alone, and a claimed time never makes anything older."""

from __future__ import annotations

from typing import Any

import pytest

from registry.errors import ConflictError, ConsentryError, MalformedError, UnavailableError
from registry.model.times import DAY, HOUR, MINUTE, SECOND, parse_stamp, stamp
from registry.vault.clock import DemoClock
from registry.vault.local import local_value, offset, start_of_day
from registry.vault.ops import OPS
from tests.world import ORIGIN, World

PAST = "2020-01-01T00:00:00.000Z"


def test_every_op_refuses_to_be_told_when_it_is(world: World) -> None:
    for name, op in OPS.items():
        for member in ("logged_at", "now", "stamp", "clock", "wall"):
            assert member not in op.fields
            with pytest.raises(MalformedError):
                world.vault.call(name, {member: PAST})


def test_what_an_op_logs_is_stamped_now_whatever_times_it_is_given(world: World) -> None:
    person = world.unreachable()
    began = world.clock.at
    start = world.vault.desk.log.size
    permit = world.lookup(person)
    world.call("consent", **world.terms(person, "borrower", given_at=PAST))
    world.call("outcome", by=world.agency.value(), lookup=permit["lookup"], outcome="relayed", at=PAST, agent="a")
    world.append("feed-complete/1", {"lender": world.lender.id, "feed": "logins", "complete_through": PAST},
                 world.lender)
    world.append("callback-offered/1", {"borrower": person.borrower, "until": PAST, "windows": []}, world.lender)
    world.attempt(person, signed_at=PAST)
    assert world.vault.desk.log.size > start
    for entry in world.entries()[start:]:
        assert entry.at == began


def test_an_entry_cannot_bring_its_own_stamp(world: World) -> None:
    draft = world.draft("releases-stopped/1", {}, world.lender).value()
    with pytest.raises(MalformedError):
        world.call("append", entry={**draft, "logged_at": PAST})


@pytest.mark.parametrize(("shift", "accepted"), [
    (-24 * HOUR, True), (-24 * HOUR - 1, False), (60 * SECOND, True), (60 * SECOND + 1, False),
])
@pytest.mark.parametrize("member", ["began_at", "ended_at"])
def test_an_attempt_claims_at_most_a_day_back_and_a_minute_ahead(
    world: World, member: str, shift: int, accepted: bool
) -> None:
    person = world.borrower()
    world.at(-80)
    world.account(person)
    claimed = world.clock.at + shift
    body = world.attempt_body(person, **({"began_at": claimed} if member == "began_at" else {
        "ended_at": stamp(claimed)}))
    if accepted:
        assert world.vouch("attempt-recorded/2", body)["fresh"]
        return
    with pytest.raises(MalformedError) as caught:
        world.vouch("attempt-recorded/2", body)
    assert (caught.value.code, caught.value.pointer) == ("time-out-of-range", f"/body/{member}")


def test_what_lies_ahead_is_refused(world: World) -> None:
    person = world.unreachable()
    permit = world.lookup(person)
    ahead = stamp(world.clock.at + 61 * SECOND)
    with pytest.raises(MalformedError):
        world.append("feed-complete/1", {"lender": world.lender.id, "feed": "logins", "complete_through": ahead},
                     world.lender)
    with pytest.raises(MalformedError):
        world.call(
            "outcome", by=world.agency.value(), lookup=permit["lookup"], outcome="relayed", at=ahead, agent="a",
        )
    with pytest.raises(MalformedError):
        world.attempt(person, signed_at=stamp(world.clock.at + 301 * SECOND))
    with pytest.raises(MalformedError):
        world.call("consent", **world.terms(person, "borrower", expires_at=stamp(world.clock.at)))


def test_a_pack_does_not_take_effect_in_the_past(world: World) -> None:
    from registry.shipped import shipped_packs

    pack = shipped_packs()["cn"].value()
    world.sign("pack-activated/1", {**pack, "effective_from": stamp(world.clock.at - HOUR)})
    with pytest.raises(MalformedError):
        world.sign("pack-activated/1", {**pack, "effective_from": stamp(world.clock.at - HOUR - 1)})


def test_a_clock_that_runs_behind_stops_the_writing(world: World) -> None:
    world.append("releases-stopped/1", {}, world.lender)
    last = world.clock.at
    world.clock.at = last - SECOND
    world.append("releases-stopped/1", {}, world.lender)
    assert world.entries()[-1].at == last, "it never decreases"
    world.clock.at = last - SECOND - 1
    with pytest.raises(UnavailableError) as caught:
        world.append("releases-stopped/1", {}, world.lender)
    assert caught.value.code == "clock-untrusted"


# A demo's clock


def advance(world: World, seconds: int, **more: Any) -> dict[str, Any]:
    return world.call("clock-advance", by=world.lender.value(), seconds=seconds, **more)


def test_a_demos_clock_moves_forward_and_the_log_says_so(world: World) -> None:
    before = world.clock.at
    moved = advance(world, 7 * 86_400)
    assert parse_stamp(moved["now"]) == before + 7 * DAY
    entry = world.entries("demo-clock-advanced/1")[0]
    assert (entry.at, entry.body["seconds"]) == (before + 7 * DAY, 7 * 86_400)
    for seconds in (0, -1, 366 * 86_400 + 1):
        with pytest.raises(MalformedError):
            advance(world, seconds)


def test_a_repeated_advance_moves_once(world: World) -> None:
    idem = {"scope": "x:POST:/v1/demo/clock", "key": "k", "request": {"advance": "PT1H"}}
    before = world.clock.at
    first = advance(world, 3_600, idem=idem)
    assert advance(world, 3_600, idem=idem) == first
    assert world.clock.at == before + HOUR


def test_a_real_logs_clock_cannot_be_moved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.clock.at
    monkeypatch.setattr(world.vault.desk.directory, "demo", False)
    with pytest.raises(ConsentryError) as caught:
        advance(world, 60)
    assert caught.value.code == "op-unknown"
    assert world.clock.at == before


def test_a_demo_log_is_not_served_as_a_real_one_nor_the_reverse(world: World) -> None:
    import os

    from registry.vault.vault import Vault

    world.vault.close()
    with pytest.raises(ConflictError) as caught:
        Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=False)
    assert caught.value.code == "demo-mismatch"
    world.vault = Vault.open(world.folder / "vault", world.kek, world.clock, os.urandom, demo=True)
    assert ORIGIN.startswith("demo.invalid/")


def test_a_demo_clock_runs_resumes_and_never_goes_back() -> None:
    clock = DemoClock(1_000)
    first = clock.now()
    assert 1_000 <= first < 6_000
    clock.resume(10 * DAY)
    assert 10 * DAY <= clock.now() < 10 * DAY + MINUTE
    clock.resume(5 * DAY)
    assert clock.now() >= 10 * DAY
    clock.advance(60)
    assert clock.now() >= 10 * DAY + MINUTE
    for seconds in (0, -1):
        with pytest.raises(ValueError, match="forward"):
            clock.advance(seconds)


# Local time


@pytest.mark.parametrize(("zone", "at", "minutes"), [
    ("Asia/Shanghai", "2026-07-01T00:00:00.000Z", 480), ("Europe/Berlin", "2026-01-01T00:00:00.000Z", 60),
    ("Europe/Berlin", "2026-07-01T00:00:00.000Z", 120), ("America/New_York", "2026-01-01T00:00:00.000Z", -300),
    ("Asia/Kolkata", "2026-01-01T00:00:00.000Z", 330), ("Pacific/Apia", "2026-01-01T00:00:00.000Z", 780),
    # Shanghai had daylight saving time in the summers of 1986 to 1991.
    ("Asia/Shanghai", "1988-07-01T00:00:00.000Z", 540),
])
def test_offsets_come_from_the_pinned_zone_data(zone: str, at: str, minutes: int) -> None:
    assert offset(zone, parse_stamp(at)) == minutes


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", "Asia", "Asia/", "zone.tab"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(MalformedError) as caught:
        offset(zone, 0)
    assert caught.value.code == "time-zone-unknown"


def test_local_parts_of_a_moment() -> None:
    at = parse_stamp("2026-11-24T16:30:00.000Z")
    assert local_value("Asia/Shanghai", at) == {
        "zone": "Asia/Shanghai", "date": "2026-11-25", "minute": 30, "offset": 480,
    }
    assert stamp(start_of_day("Asia/Shanghai", at)) == "2026-11-24T16:00:00.000Z"
