"""What makes things stricter never opens anything: for every parameter, every consent, every sign of life."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY, HOUR, MINUTE, date_of, local_day, local_minute, stamp
from registry.policy import Facts, decide, packs_for
from registry.policy.facts.listed import Contact
from registry.policy.merging import merge
from registry.policy.pack import FLOOR
from registry.policy.parameters import BY_NAME, MERGES, MOST, PARAMETERS, Parameter
from registry.policy.reasons import FLAWED_ATTEMPTS
from registry.shipped import shipped_outcomes, shipped_packs
from tests.deep import examples
from tests.policy.stories import Told, judged, pack_of, renumbered, told, with_floor
from tests.policy.world import OFFSET, ZONE, ident

FLOOR_PACK = shipped_packs()[FLOOR].pack
NUMBERS = (0, 1, 3, 8, 20, 61, MOST)
HOURS = ((0, 1440), (480, 1200), (540, 601), (600, 601), (601, 1200), (1020, 1440))
PERMITS, DENIALS = 10, 60  # at least so many of each, or the stories prove little
FEW = 3  # reasons of a denial that one change might turn: those denied for more are left out, for time
# The order of ways is no bar by itself: where the gentler way is closed, the next is open (POLICY section 5).
GENTLER = ("less-intrusive-first",)


def values(parameter: Parameter) -> list[Any]:
    """Values of a parameter, from the loosest to the strictest and across."""
    start = FLOOR_PACK.settings[parameter.name].value
    if parameter.merge in ("and", "or"):
        return [False, True]
    if parameter.merge == "overlap":
        return list(HOURS)
    if isinstance(start, frozenset):
        members = sorted(start)
        return [frozenset[str](), start, *(frozenset((one,)) for one in members)]
    if parameter.unit == "grade":
        return [0, 1] if parameter.name == "unreachable.min_grade" else [0, 1, 2]
    return [one * 1_000 for one in NUMBERS] if parameter.unit == "minor units" else list(NUMBERS)


def test_the_stories_are_permits_and_denials_enough() -> None:
    verdicts = [decision.verdict for _, _, _, decision in judged()]
    assert verdicts.count("permit") >= PERMITS
    assert verdicts.count("deny") >= DENIALS


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda one: one.name)
def test_a_stricter_parameter_never_turns_a_denial_into_a_permit(parameter: Parameter) -> None:
    opened = []
    near = [one for one in judged() if 1 <= len(one[3].codes) <= FEW]
    for value in values(parameter):
        for one, source, facts, decision in near:
            stricter = with_floor(source.directory, parameter.name, value, one.at)
            if decide(facts, packs_for(stricter, facts, one.at), one.at).verdict == "permit":
                opened.append((value, one, decision.codes))
    assert [one for one in opened if one[2] != GENTLER] == []


# Parameters that bear on no lookup (what a release lasts, what staff must do by when, what is kept), of which the
# floor says the strictest already, or that matter to nobody in these stories who is granted anything.
ELSEWHERE = {"release.ttl_hours", "complaint.days_to_answer", "retention.decisions_years", "consent.reask_days",
             "caller.names_institution"}
STRICTEST = {"contact.inform", "contact.stop_on_refusal", "contact.min_age", "consent.grantee_bound",
             "consent.borrower", "consent.contact"}
OF_OTHERS = {"line.cooldown_days", "channel.lookback_days", "call.first"}


def test_nearly_every_parameter_can_turn_a_permit_into_a_denial() -> None:
    """Or it would be no wonder that tightening opens nothing."""
    permits = [(one, source, facts) for one, source, facts, decision in judged() if decision.verdict == "permit"]
    idle = {
        parameter.name for parameter in PARAMETERS if not any(
            decide(facts, packs_for(with_floor(source.directory, parameter.name, value, one.at), facts, one.at),
                   one.at).verdict == "deny"
            for value in values(parameter) for one, source, facts in permits
        )
    }
    assert {name for name in idle if not name.startswith("visit.")} <= ELSEWHERE | STRICTEST | OF_OTHERS


# Merging


def settings_of() -> some.SearchStrategy[dict[str, Any]]:
    """What some pack sets: some parameters, each to some value."""
    names = some.lists(some.sampled_from(sorted(BY_NAME)), max_size=12, unique=True)
    return names.flatmap(lambda chosen: some.fixed_dictionaries(
        {name: some.sampled_from(values(BY_NAME[name])) for name in chosen}))


@settings(max_examples=examples(60), deadline=None)
@given(settings_of(), settings_of())
def test_merging_is_the_same_in_any_order_and_never_looser_than_either(
    first: dict[str, Any], second: dict[str, Any],
) -> None:
    one, other = pack_of(first, "one", ("XA",)), pack_of(second, "other", ("XB",))
    there, back = merge((FLOOR_PACK, one, other), one), merge((FLOOR_PACK, other, one), one)
    assert (there.params, set(there.conflicts)) == (back.params, set(back.conflicts))
    assert merge((FLOOR_PACK, one, one), one).params == merge((FLOOR_PACK, one), one).params
    for parameter in PARAMETERS:
        tighten, merged = MERGES[parameter.merge], getattr(there.params, parameter.field)
        said = [FLOOR_PACK, one] if parameter.called else [FLOOR_PACK, one, other]
        for pack in said:
            if parameter.name in pack.settings:
                assert tighten(merged, pack.settings[parameter.name].value) == merged, parameter.name


@settings(max_examples=examples(60), deadline=None)
@given(some.data())
def test_another_pack_beside_those_in_force_opens_nothing(data: some.DataObject) -> None:
    """Of a place where the borrower lives, too: whatever it says, it only adds."""
    one, source, facts, decision = data.draw(some.sampled_from(judged()))
    packs = packs_for(source.directory, facts, one.at)
    drawn = {name: value for name, value in data.draw(settings_of()).items() if not BY_NAME[name].called}
    added = pack_of(drawn, "zz")

    def beside(applied: Any) -> Any:
        if applied.effective is None:
            return applied
        names = [name.name for name in applied.effective.packs]
        merged = [pack for name in names if (pack := source.directory.pack_at(name, one.at)) is not None]
        called = next((pack for pack in merged if pack.id.name != FLOOR), None)
        return dataclasses.replace(applied, effective=merge((*merged, added), called))

    if decision.verdict == "deny":
        more = dataclasses.replace(
            packs, base=beside(packs.base), contacts={key: beside(value) for key, value in packs.contacts.items()})
        assert decide(facts, more, one.at).verdict == "deny" or decision.codes == GENTLER


# Consents


def without(facts: Facts, gone: set[int]) -> Facts:
    """The same facts with some consents, counted over borrower and contacts, never given."""
    count = itertools.count()

    def kept(consents: Any) -> Any:
        return tuple(one for one in consents if next(count) not in gone)

    consents = kept(facts.consents)
    contacts: tuple[Contact, ...] = tuple(
        dataclasses.replace(one, consents=kept(one.consents)) for one in facts.contacts)
    return dataclasses.replace(facts, consents=consents, contacts=contacts)


def test_removing_any_consents_never_permits() -> None:
    closed = 0
    for one, source, facts, decision in judged():
        if len(decision.codes) > FEW:
            continue
        number = len(facts.consents) + sum(len(contact.consents) for contact in facts.contacts)
        packs = packs_for(source.directory, facts, one.at)
        for size in range(1, min(number, 3) + 1):
            for gone in itertools.combinations(range(min(number, 6)), size):
                left = decide(without(facts, set(gone)), packs, one.at).verdict
                assert decision.verdict == "permit" or left == "deny" or decision.codes == GENTLER
                closed += decision.verdict == "permit" and left == "deny"
    assert closed >= PERMITS


# Entries

STORIES = told()
TOLD = some.integers(0, len(STORIES) - 1).map(lambda place: STORIES[place])


def added(one: Told, at: int, draft: Draft) -> Told:
    """The same story with one more entry."""
    KINDS[draft.kind].check(draft)
    return dataclasses.replace(one, log=renumbered([*one.log, Entry(len(one.log), at, draft)]))


def borrower_of(one: Told) -> tuple[str, str]:
    """(borrower, lender) of the account asked about."""
    body = next((each.body for each in one.log if each.kind == "account-opened/1"
                 and each.body["account"] == one.account), None)
    return ("", "") if body is None else (body["borrower"], body["lender"])


ALIVE = some.sampled_from(("payment", "login", "inbound", "reply", "reach-late", "portal", "dispute", "lender"))


@settings(max_examples=examples(60), deadline=None)
@given(TOLD, some.integers(0, 40 * 24), ALIVE, some.booleans())
def test_a_sign_of_life_never_turns_a_denial_into_a_permit(one: Told, hours: int, source: str, own: bool) -> None:
    borrower, lender = borrower_of(one)
    if not borrower or one.decided().verdict == "permit":
        return
    by = Actor("borrower", borrower) if own else Actor("lender", lender)
    draft = Draft(ident("alive"), "sign-of-life/1", by, {"borrower": borrower, "source": source})
    assert added(one, max(one.log[0].at, one.at - hours * HOUR), draft).decided().verdict == "deny"


def test_a_sign_of_life_now_ends_every_permit_about_a_third_person() -> None:
    for one, _, _, decision in judged():
        if decision.verdict == "permit" and one.asked.get("about", "contact") == "contact":
            borrower, lender = borrower_of(one)
            draft = Draft(ident("alive"), "sign-of-life/1", Actor("lender", lender),
                          {"borrower": borrower, "source": "payment"})
            assert added(one, one.at, draft).decided().verdict == "deny"


def unverified(one: Told, began: int, cause: dict[str, Any], ring: int | None, **changes: Any) -> Told | None:
    """The same story with an attempt that nobody vouches for: by a provider that was never registered."""
    channel = next((each.body for each in one.log if each.kind == "channel-added/1"
                    and each.body["medium"] == "voice" and each.body["borrower"] == borrower_of(one)[0]), None)
    if channel is None:
        return None
    table = shipped_outcomes()
    local = {"zone": ZONE, "date": date_of(local_day(began, OFFSET)), "minute": local_minute(began, OFFSET),
             "offset": OFFSET}
    body = {
        "provider": ident("nobody's"), "attempt": ident("unverified"), "seq": 1, "grade": "B", "medium": "voice",
        "direction": "outbound", "borrower": channel["borrower"], "channel": channel["channel"],
        "account": one.account, "agency": ident("agency"), "line": channel["line"], "cause": cause,
        "class": table.classify(cause, ring, "outbound"), "table": table.value(), "began_at": stamp(began),
        "signed_at": stamp(began + MINUTE), "local": local, "line_local": [local], **changes,
    }
    if ring is not None:
        body["ring_seconds"] = ring
    return added(one, began + MINUTE, Draft(ident("unverified"), "attempt-recorded/2", Actor("courier"), body))


CAUSES = [({"q850": 1}, None), ({"q850": 19}, 30), ({"q850": 20}, None), ({"q850": 17}, None), ({"q850": 34}, None),
          ({"status": "answered-person"}, 8), ({"status": "answered-household"}, 8),
          ({"status": "answered-machine"}, 25), ({"status": "rejected"}, 5)]


@settings(max_examples=examples(60), deadline=None)
@given(TOLD, some.integers(0, 30), some.integers(8 * 60, 21 * 60 - 1), some.sampled_from(CAUSES))
def test_an_unverified_attempt_never_turns_a_denial_into_a_permit(
    one: Told, days: int, minute: int, outcome: tuple[dict[str, Any], int | None],
) -> None:
    if one.decided().verdict == "permit":
        return
    began = (local_day(one.at, OFFSET) - days) * DAY + (minute - OFFSET) * MINUTE
    more = unverified(one, min(began, one.at - 2 * MINUTE), *outcome)
    assert more is None or more.decided().verdict == "deny"


@settings(max_examples=examples(60), deadline=None)
@given(TOLD, some.integers(24, 45), some.integers(0, 60), some.sampled_from(CAUSES[:5]))
def test_an_unverified_failure_changes_no_verdict(
    one: Told, days: int, minute: int, outcome: tuple[dict[str, Any], int | None],
) -> None:
    """A week away from every other dial, where it is no dial too many for any cap: reach, however badly attested,
    is another thing, and always counts against the caller. A denial may say besides why that one counted for nothing.
    """
    began = (local_day(one.at, OFFSET) - days - 14) * DAY + (13 * 60 + minute - OFFSET) * MINUTE
    dials = [each.at for each in one.log if each.kind.startswith("attempt-recorded/")]
    if any(abs(at - began) < 8 * DAY for at in dials):
        return
    more = unverified(one, began, *outcome)
    if more is not None:
        before, after = one.decided(), more.decided()
        assert after.verdict == before.verdict
        assert set(after.codes) - set(FLAWED_ATTEMPTS) == set(before.codes) - set(FLAWED_ATTEMPTS)
