"""Packs: sourced, merged so that nothing loosens, each value knowing where it comes from."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from registry.errors import MalformedError
from registry.model import canonical
from registry.model.entries import Actor
from registry.model.times import DAY, stamp
from registry.policy.merging import MERGES, Params, loosened, merge, shown, without_effect
from registry.policy.pack import Pack, digest, read_pack
from registry.policy.parameters import PARAMETERS
from registry.shipped import shipped_packs
from tests.policy.world import START, World

FLOOR, CN = (shipped_packs()[name].pack for name in ("floor", "cn"))


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_the_parameters_are_exactly_the_fields_that_rules_read() -> None:
    assert [one.field for one in PARAMETERS] == [one.name for one in dataclasses.fields(Params)]


def test_shipped_texts_can_travel_in_an_entry() -> None:
    for shipped in shipped_packs().values():
        canonical.encode({"text": shipped.text})
        assert len(shipped.text) <= 40_000
        assert shipped.id.sha256 == digest(shipped.text)


def test_china_beside_the_floor_gives_the_values_of_the_policy() -> None:
    params = merge((FLOOR, CN), CN).params
    assert (params.min_attempts, params.min_days, params.min_dayparts, params.per_line_counted) == (8, 6, 3, 2)
    assert (params.span_days, params.max_staleness_days, params.window_days) == (14, 10, 60)
    assert (params.grace_days, params.notice_max_age_days, params.min_days_past_due) == (7, 30, 60)
    assert (params.max_dials_per_number_day, params.max_conversations_day, params.max_dials_7d) == (3, 1, 7)
    assert (params.third_party_hours, params.borrower_hours) == ((480, 1200), (480, 1260))
    assert (params.release_approvals, params.unresponsive_approvals) == (1, 1)
    assert params.purposes == {"restore-contact", "obtain-contact-details", "relay-message"}


def test_each_value_says_which_pack_it_comes_from() -> None:
    rows = {str(one["parameter"]): one for one in shown(merge((FLOOR, CN), CN))}
    assert rows["unreachable.min_attempts"]["from"] == ["cn"]
    assert rows["hours.third_party"] == {
        "parameter": "hours.third_party", "value": ["08:00", "20:00"], "unit": "local time", "merge": "overlap",
        "from": ["floor"],
    }
    assert rows["unreachable.window_days"]["from"] == ["floor", "cn"]
    assert rows["consent.contact_assurance"]["value"] == "code"


def test_parameters_that_can_never_take_effect_beside_the_floor_are_named() -> None:
    assert without_effect(CN, FLOOR) == (
        "hours.third_party", "hours.borrower", "borrower.max_dials_per_number_day", "borrower.max_conversations_day",
    )


def test_no_merge_is_ever_looser_than_either_side() -> None:
    examples = {"min": (3, 5), "max": (3, 5), "or": (True, False), "and": (True, False),
                "intersect": (frozenset("ab"), frozenset("bc")), "overlap": ((480, 1260), (540, 1320))}
    for name, (left, right) in examples.items():
        for one, other in itertools.permutations((left, right)):
            merged = MERGES[name](one, other)
            assert MERGES[name](merged, one) == merged
            assert MERGES[name](merged, other) == merged
            assert MERGES[name](other, one) == merged


def test_a_pack_that_tries_to_loosen_the_floor_changes_nothing() -> None:
    loose = shipped_packs()["cn"].text
    for old, new in (
        ("value = 8\nunit = \"attempts\"", "value = 1\nunit = \"attempts\""),
        ("value = 14\nunit = \"local days\"", "value = 0\nunit = \"local days\""),
        ("value = true\nunit = \"flag\"", "value = false\nunit = \"flag\""),
    ):
        loose = changed(loose, old, new)
    params = merge((FLOOR, read_pack(loose)), read_pack(loose)).params
    assert (params.min_attempts, params.span_days, params.borrower_consent) == (6, 7, True)


def floor(old: str, new: str) -> Pack:
    """Another version of the floor."""
    text = changed(shipped_packs()["floor"].text, 'version = "2"', 'version = "3"')
    return read_pack(changed(text, old, new))


def test_a_new_floor_may_tighten_and_never_loosen() -> None:
    assert loosened(FLOOR, FLOOR) == ()
    tighter = floor('value = 6\nunit = "attempts"', 'value = 9\nunit = "attempts"')
    assert loosened(FLOOR, tighter) == ()
    assert loosened(tighter, FLOOR) == ("unreachable.min_attempts",)
    for old, new, name in (
        ('value = ["08:00", "20:00"]', 'value = ["00:00", "24:00"]', "hours.third_party"),
        ('value = "code"', 'value = "recorded"', "consent.contact_assurance"),
        ('value = 90\nunit = "days"', 'value = 0\nunit = "days"', "channel.lookback_days"),
    ):
        assert loosened(FLOOR, floor(old, new)) == (name,)


@pytest.mark.parametrize(("old", "new"), [
    ('grade = "H"', 'grade = "X"'),
    ('unit = "attempts"', 'unit = "dials"'),
    ('merge = "max"', 'merge = "min"'),
    ("value = 8\n", "value = -8\n"),
    ("value = 8\n", "value = 8.5\n"),
    ('value = 7\nunit = "days"', 'value = 10000000\nunit = "days"'),     # ends after the year 9999
    ('"restore-contact"', '"collect-the-debt"'),
    ("08:00", "8:00"),
    ('[parameters."third_party"]', '[parameters."third_parties"]'),
    ('regions = ["CN"]', "regions = []"),
    ('regions = ["CN"]', 'regions = ["China"]'),
    ('pack = "cn"', 'pack = "CN"'),
    ('version = "2"', 'version = "one"'),
    ('version = "2"', 'version = 1'),
    ('title = ', 'name = '),
])
def test_a_pack_that_is_not_exact_is_refused(old: str, new: str) -> None:
    with pytest.raises(MalformedError) as refused:
        read_pack(changed(shipped_packs()["cn"].text, old, new))
    assert refused.value.code == "pack-malformed"


def test_a_parameter_without_a_source_is_refused() -> None:
    lines = shipped_packs()["cn"].text.splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("source"))
    for text in ("\n".join([*lines[:first], 'source = " "', *lines[first + 1:]]),
                 "\n".join([*lines[:first], *lines[first + 1:]]), "not = [toml"):
        with pytest.raises(MalformedError):
            read_pack(text)


def test_a_floor_that_leaves_a_parameter_open_is_refused() -> None:
    text = shipped_packs()["floor"].text
    first, after = (text.index(f'[parameters."unreachable.{name}"]') for name in ("min_days", "min_dayparts"))
    cut = text[:first] + text[after:]
    with pytest.raises(MalformedError, match=r"unreachable\.min_days"):
        read_pack(cut)


def test_a_floor_older_than_a_parameter_still_reads_and_asks_nothing_of_it() -> None:
    text = shipped_packs()["floor"].text
    first, after = (text.index(f'[parameters."{name}"]') for name in ("message.first", "case.max_contacts"))
    older = read_pack(text[:first] + text[after:])
    assert set(older.settings) == set(FLOOR.settings)
    assert older.settings["message.first"].value is False
    assert older.settings["message.wait_days"].value == 3


def variant(name: str, region: str, *changes: tuple[str, str]) -> Pack:
    text = changed(changed(shipped_packs()["cn"].text, 'pack = "cn"', f'pack = "{name}"'), '["CN"]', f'["{region}"]')
    for old, new in changes:
        text = changed(text, old, new)
    return read_pack(text)


def test_packs_that_cannot_both_be_obeyed_are_a_conflict() -> None:
    night = variant("night", "XN", ('["08:00", "22:00"]', '["20:00", "22:00"]'))
    assert merge((FLOOR, night), night).conflicts == ("hours.third_party",)
    cooling = variant("cooling", "XC", ("value = 2\nunit = \"days\"", "value = 10\nunit = \"days\""))
    assert merge((FLOOR, cooling), cooling).conflicts == ("attempt.cooling_days",)


def activate(world: World, text: str, at: int, officers: int = 1, effective: int | None = None) -> None:
    pack = read_pack(text)
    signers = [world.officer, "f" * 32][:officers]
    world.add(at, "pack-activated/1", {
        **pack.id.value(), "text": text, "effective_from": stamp(effective or at),
    }, Actor("officer", world.officer), signers)


def second_version() -> str:
    text = changed(shipped_packs()["cn"].text, 'version = "2"', 'version = "3"')
    return changed(text, "value = 8\nunit = \"attempts\"", "value = 40\nunit = \"attempts\"")


@pytest.mark.parametrize(("officers", "delay"), [(1, DAY), (2, 0)])
def test_a_new_version_takes_effect_after_a_day_unless_two_officers_signed(officers: int, delay: int) -> None:
    world = World()
    case = world.unreachable()
    activate(world, second_version(), START - delay, officers)
    assert "attempts-too-few" in world.ask(case).codes
    assert [one.version for one in world.ask(case).packs] == ["2", "3"]
    world = World()
    case = world.unreachable()
    activate(world, second_version(), START - delay + 1, officers)
    assert world.ask(case).verdict == "permit"


def test_a_version_announced_for_later_waits_for_its_day() -> None:
    world = World()
    case = world.unreachable()
    activate(world, second_version(), START - 3 * DAY, 2, START + 1)
    assert world.ask(case).verdict == "permit"
    assert world.ask(case, START + 1).verdict == "deny"


def test_the_packs_of_every_side_are_merged_and_a_missing_one_is_a_refusal() -> None:
    strict = changed(changed(shipped_packs()["cn"].text, 'pack = "cn"', 'pack = "xx"'), '["CN"]', '["XX-1"]')
    strict = changed(strict, "value = 8\nunit = \"attempts\"", "value = 40\nunit = \"attempts\"")
    for known in (False, True):
        world = World(regulator="XX-1")
        case = world.unreachable()
        if known:
            activate(world, strict, START - DAY)
        decision = world.ask(case)
        assert decision.codes[0] == ("attempts-too-few" if known else "pack-missing")
        assert [one.name for one in decision.packs] == (["floor", "cn", "xx"] if known else ["floor", "cn"])


def test_an_unknown_regulator_is_a_missing_pack() -> None:
    world = World(regulator=None)
    assert world.ask(world.unreachable()).codes == ("pack-missing",)
