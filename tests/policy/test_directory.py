"""What the directory holds after each kind of entry, and before any (docs/adr/0002)."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.entries import Actor
from registry.model.times import DAY, HOUR
from registry.policy import Directory
from registry.policy.directory import effective_at
from registry.shipped import shipped_packs
from tests.policy.test_packs import CN, FLOOR, activate, changed, floor, variant
from tests.policy.world import EC_KEY, START, Case, Source, World, ident, other, when


def folded(world: World) -> Directory:
    return Source.of(world.log()).directory


def test_before_any_entry_it_holds_nothing() -> None:
    for directory in (Directory(), folded(World())):
        directory.reset()
        assert (directory.size, directory.origin, directory.demo, directory.courier_sig) == (0, "", False, "")
        assert (directory.genesis, directory.officers, directory.parties, directory.providers) == ({}, {}, {}, {})
        assert (directory.approvals, directory.packs, directory.feeds, directory.open_permits) == ({}, {}, {}, {})
        assert (directory.stopped, directory.stopped_index) == (False, -1)
        assert directory.pack_at("floor", START) is None
        assert directory.pack_for_region("CN", START) is None
        assert directory.feed_through("x") is None
        assert directory.oldest_open_permit("x") is None
        assert directory.releases_on("x", "y", "2026-06-01") == 0
        assert directory.loosened_by(FLOOR) == ()


def test_it_knows_how_many_entries_it_has_folded_and_how_the_log_began() -> None:
    world = World()
    log = world.log()
    directory = folded(world)
    assert directory.size == len(log)
    assert directory.genesis == log[0].body
    assert (directory.origin, directory.demo, directory.courier_sig) == ("demo.invalid/test", True, "AAAA")
    assert directory.officers == {world.officer: "AAAA"}
    one = Directory()
    one.fold(log[0])
    assert one.size == 1


def test_a_party_and_a_provider_are_as_registered_first() -> None:
    world = World()
    world.party(START, world.agency, "lender")
    directory = folded(world)
    agency, lender = directory.parties[world.agency], directory.parties[world.lender]
    assert (agency.id, agency.role, agency.name, agency.enc_key, agency.regulator) == (
        world.agency, "agency", "agency", EC_KEY, None,
    )
    assert agency.keys == [(when(-150), EC_KEY)]
    assert (lender.enc_key, lender.keys, lender.regulator) == (None, [], "CN")
    assert (agency.suspended_at, agency.suspended_index) == (None, -1)
    provider = directory.providers[world.provider]
    assert (provider.id, provider.name, provider.adapter) == (world.provider, f"p-{world.provider[:8]}", "neutral")
    assert (provider.grade, provider.owner, provider.owner_party) == ("B", "neutral", None)
    assert (provider.secret_commitment, provider.public_key) == (None, None)
    assert directory.provider_named(provider.name) is provider is directory.provider(world.provider)
    assert directory.provider("unheard-of") is None


def test_a_provider_keeps_what_proves_its_events() -> None:
    world = World()
    world.add(START, "provider-registered/1", {
        "provider": ident("p2"), "name": "second", "adapter": "neutral", "grade": "A", "owner": "lender",
        "owner_party": world.lender, "secret_commitment": "0" * 64, "public_key": "AAAA",
    }, Actor("officer", world.officer), [world.officer])
    found = folded(world).providers[ident("p2")]
    assert (found.owner_party, found.secret_commitment, found.public_key) == (world.lender, "0" * 64, "AAAA")


def test_a_suspension_ends_with_an_approval_after_it_and_is_remembered() -> None:
    world = World()
    world.add(START, "party-suspended/1", {"party": world.agency})
    world.add(START, "party-suspended/1", {"party": ident("unheard-of")})
    suspended = folded(world).parties[world.agency]
    assert (suspended.suspended_at, suspended.suspended_index) == (START, len(world.log()) - 2)
    world.approve_agency(START + 1, world.agency, until=START + DAY)
    world.approve_agency(START + 1, ident("unheard-of"))
    directory = folded(world)
    again = directory.parties[world.agency]
    assert (again.suspended_at, again.suspended_index) == (None, suspended.suspended_index)
    approval = directory.approvals[world.agency, world.lender]
    assert (approval.role, approval.given_at, approval.until) == ("entrusted", START + 1, START + DAY)


def test_an_officer_whom_only_genesis_names_is_suspended_and_registering_him_does_not_end_it() -> None:
    world = World()
    before = folded(world)
    assert world.officer in before.officers
    assert world.officer not in before.parties
    world.add(START, "party-suspended/1", {"party": world.officer})
    registered = {"party": world.officer, "role": "officer", "name": "示例合规"}
    world.add(START + 1, "party-registered/1", registered, Actor("officer", world.officer), [world.officer])
    found = folded(world).parties[world.officer]
    assert (found.id, found.role, found.name) == (world.officer, "officer", "")
    assert (found.enc_key, found.regulator) == (None, None)
    assert found.suspended_at == START
    assert found.keys == []


def test_the_stop_switch_remembers_where_it_was_pressed() -> None:
    world = World()
    world.add(START, "releases-stopped/1", {}, Actor("officer", world.officer), [world.officer])
    stopped = folded(world)
    assert (stopped.stopped, stopped.stopped_index) == (True, stopped.size - 1)
    world.add(START + 1, "releases-resumed/1", {}, Actor("officer", world.officer), [world.officer])
    resumed = folded(world)
    assert (resumed.stopped, resumed.stopped_index) == (False, resumed.size - 2)


def test_feeds_are_complete_through_the_least_of_them_and_never_go_back() -> None:
    world = World()
    directory = folded(world)
    assert directory.feed_through(world.lender) == START - HOUR
    world.feeds(START, ("logins", "payments"))
    assert folded(world).feed_through(world.lender) == START - HOUR
    world.feeds(START, ("inbound",))
    world.feeds(START + 1, through=START - DAY)
    assert folded(world).feed_through(world.lender) == START
    world.feeds(START + 2, through=START + DAY)
    assert folded(world).feed_through(world.lender) == START + 2
    world.drop("feed-complete/1")
    world.feeds(START, ("payments", "logins"))
    assert folded(world).feed_through(world.lender) is None


def test_the_oldest_permit_of_a_number_without_an_outcome_is_due() -> None:
    world = World()
    case = world.person()
    first, second = (world.permit(case, START + hours * HOUR) for hours in (0, 1))
    world.message(case, START - DAY)
    world.permit(case, START - DAY - 1, about="borrower")
    world.permit(case, START - DAY - 2, verdict="deny")
    world.permit(case, START - DAY - 3, client=world.rival)
    assert folded(world).oldest_open_permit(world.agency) == START
    assert folded(world).oldest_open_permit(world.rival) == START - DAY - 3
    world.outcome(case, first, START + 2 * HOUR, "no-answer")
    assert folded(world).oldest_open_permit(world.agency) == START + HOUR
    world.refuse_opening(case, second, START + 2 * HOUR)
    world.refuse_opening(case, ident("unheard-of"), START + 2 * HOUR)
    world.outcome(other(case), ident("unheard-of"), START + 2 * HOUR, "no-answer", agency=ident("nobody"))
    assert folded(world).oldest_open_permit(world.agency) is None


def numbers(world: World, case: Case, *dates: str, **changes: Any) -> list[str]:
    return [world.permit(case, START + place, local_date=date, **changes) for place, date in enumerate(dates)]


def test_numbers_are_counted_by_agency_agent_and_local_date() -> None:
    world = World()
    case = world.person()
    made = numbers(world, case, "2026-06-01", "2026-06-01", "2026-06-02")
    world.permit(case, START + 9, local_date="2026-06-01", agent="A-18")
    world.permit(case, START + 10, local_date="2026-06-01", client=world.rival)
    assert folded(world).releases_on(world.agency, "A-17", "2026-06-01") == 2
    assert folded(world).releases_on(world.agency, "A-17", "2026-06-02") == 1
    assert folded(world).releases_on(world.agency, "A-18", "2026-06-01") == 1
    assert folded(world).releases_on(world.rival, "A-17", "2026-06-01") == 1
    world.refuse_opening(case, made[0], START + DAY)
    assert folded(world).releases_on(world.agency, "A-17", "2026-06-01") == 1
    assert folded(world).releases_on(world.rival, "A-17", "2026-06-01") == 1


def test_a_refused_opening_of_another_agency_gives_nothing_back() -> None:
    world = World()
    case = world.person()
    (made,) = numbers(world, case, "2026-06-01")
    world.add(START + DAY, "opening-refused/1", {
        "lookup": made, "borrower": case.borrower, "line": case.contact_line, "agency": world.rival,
        "reasons": ["hold-dispute"],
    }, Actor("vault"))
    assert folded(world).releases_on(world.agency, "A-17", "2026-06-01") == 1
    assert folded(world).oldest_open_permit(world.agency) == START


def test_numbers_of_two_days_before_are_still_counted_and_older_ones_forgotten() -> None:
    for date, count in (("2026-05-30", 1), ("2026-05-29", 0)):
        world = World()
        case = world.person()
        numbers(world, case, date, "2026-06-01")
        assert folded(world).releases_on(world.agency, "A-17", date) == count
        assert folded(world).releases_on(world.agency, "A-17", "2026-06-01") == 1


def test_a_version_of_a_pack_is_in_force_from_its_moment_and_the_last_activated_wins() -> None:
    world = World()
    second, third = (changed(shipped_packs()["cn"].text, 'version = "2"', f'version = "{one}"') for one in (3, 4))
    activate(world, second, START, officers=2, effective=START + 5)
    activate(world, third, START + 1, officers=2, effective=START + 3)
    directory = folded(world)

    def version(at: int) -> str:
        found = directory.pack_at("cn", at)
        assert found is not None
        return found.id.version

    assert [version(START + one) for one in (2, 3, 5, 9)] == ["2", "4", "4", "4"]
    assert directory.pack_at("cn", when(-150) - 1) is None
    assert directory.pack_at("unheard-of", START) is None


def test_the_finer_region_comes_first_and_its_country_else() -> None:
    world = World()
    for name, region in (("country", "XX"), ("province", "XX-A")):
        text = changed(changed(shipped_packs()["cn"].text, 'pack = "cn"', f'pack = "{name}"'), '["CN"]',
                       f'["{region}"]')
        activate(world, text, START - DAY)
    directory = folded(world)

    def found(region: str, at: int = START) -> str | None:
        pack = directory.pack_for_region(region, at)
        return None if pack is None else pack.id.name

    assert [found(one) for one in ("XX-A", "XX-B", "XX", "XY", "CN-11")] == [
        "province", "country", "country", None, "cn",
    ]
    assert found("XX-A", START - 1) is None


def test_a_floor_that_loosens_any_floor_before_it_is_told_and_no_other_pack_is() -> None:
    world = World()
    directory = folded(world)
    tighter = floor('value = 6\nunit = "attempts"', 'value = 9\nunit = "attempts"')
    looser = floor('value = 6\nunit = "attempts"', 'value = 5\nunit = "attempts"')
    assert directory.loosened_by(FLOOR) == directory.loosened_by(tighter) == directory.loosened_by(CN) == ()
    assert directory.loosened_by(looser) == ("unreachable.min_attempts",)
    assert directory.loosened_by(variant("loose", "XL", ('value = 8\nunit = "attempts"',
                                                         'value = 1\nunit = "attempts"'))) == ()
    text = changed(shipped_packs()["floor"].text, 'version = "2"', 'version = "3"')
    activate(world, changed(text, 'value = 6\nunit = "attempts"', 'value = 9\nunit = "attempts"'), START)
    assert folded(world).loosened_by(looser) == folded(world).loosened_by(FLOOR) == ("unreachable.min_attempts",)


@pytest.mark.parametrize(("officers", "wait"), [(["a"], DAY), (["a", "b"], 0), (["a", "a"], DAY), ([], DAY)])
def test_two_different_officers_make_a_change_take_effect_at_once(officers: list[str], wait: int) -> None:
    world = World()
    world.add(START, "party-key-changed/1", {"party": world.agency, "enc_key": {**EC_KEY, "x": "BBBB"}},
              Actor("officer", world.officer), [one * 32 for one in officers])
    assert effective_at(world.log()[-1]) == START + wait
    party = folded(world).parties[world.agency]
    assert party.keys[-1] == (START + wait, {**EC_KEY, "x": "BBBB"})
    assert party.enc_key == {**EC_KEY, "x": "BBBB"}


def test_attempts_and_accepted_gaps_move_their_own_providers_sequence() -> None:
    world = World()
    case = world.person()
    world.add_provider(when(-149), ident("p2"), "registry")
    for seq in (1, 3):
        world.attempt(case, START, seq=seq, attempt=ident(f"a{seq}"))
    assert (folded(world).providers[world.provider].sequence.through,
            folded(world).providers[ident("p2")].sequence.highest) == (1, 0)
    for provider in (world.provider, ident("unheard-of")):
        world.add(START + HOUR, "provider-gap-accepted/1", {
            "provider": provider, "from_seq": 2, "through_seq": 2,
        }, Actor("officer", world.officer), [world.officer])
    world.attempt(case, START + DAY, seq=7, provider=ident("never-registered"))
    assert folded(world).providers[world.provider].sequence.through == 3
