"""Laws that contradict each other: found by the merge, refused by the rules, and never in the borrower's way."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from registry.model.times import DAY
from registry.policy import RULES, packs_for
from registry.policy.merging import MUST_NOT_SAY, OF_THIRD_PARTIES, merge
from registry.policy.pack import Pack, read_pack
from registry.shipped import shipped_packs
from tests.policy.test_packs import activate, changed
from tests.policy.world import START, Case, Source, World

FLOOR, CN, US = (shipped_packs()[name].pack for name in ("floor", "cn", "us"))


def with_american_lender() -> tuple[World, Case]:
    """A borrower and a contact in China; the lender answers to the United States."""
    world = World(regulator="US")
    activate(world, shipped_packs()["us"].text, START - 100 * DAY, 2)
    return world, world.unreachable()


def test_china_demands_the_institutions_name_at_once_and_the_united_states_forbid_it_unasked() -> None:
    assert merge((FLOOR, CN, US), CN).conflicts == ("caller.names_institution",)
    assert merge((FLOOR, CN, US), US).conflicts == ("caller.names_institution",)
    world, case = with_american_lender()
    assert "pack-conflict" in world.ask(case).codes


def test_more_packs_than_a_decision_names_are_a_conflict_for_everybody_and_the_first_twelve_are_named() -> None:
    def several(count: int) -> tuple[Pack, ...]:
        return tuple(replace(CN, id=replace(CN.id, name=f"cn-{place:02}", sha256=f"{place:064}"))
                     for place in range(count))

    assert merge((FLOOR, *several(11)), None).conflicts == ()
    merged = merge((FLOOR, *several(12)), None)
    assert set(merged.conflicts) - OF_THIRD_PARTIES
    assert [one.name for one in merged.packs] == ["floor", *(f"cn-{place:02}" for place in range(11))]


def test_either_alone_is_no_contradiction() -> None:
    assert merge((FLOOR, CN), CN).conflicts == ()
    assert merge((FLOOR, US), US).conflicts == ()
    assert "pack-conflict" not in World().ask(World().unreachable()).codes


def test_what_is_owed_to_third_persons_hinders_nobody_from_calling_the_borrower() -> None:
    world, case = with_american_lender()
    asked = {"about": "borrower", "purpose": "contact-borrower"}
    assert world.ask(case, **asked).verdict == "permit"
    facts, _ = world.judge(case, **asked)
    directory = Source.of([one for one in world.log() if one.at <= START]).directory
    # The released rules refuse the same facts, and go on to.
    assert RULES["1"](facts, packs_for(directory, facts, START), START).codes == ("pack-conflict",)


def test_packs_that_say_nothing_of_it_still_mean_what_they_meant() -> None:
    old = read_pack(first("cn")), read_pack(first("us"))
    assert merge((read_pack(first("floor")), *old), old[0]).conflicts == ()


def test_words_that_another_binding_pack_forbids_are_a_contradiction() -> None:
    text = changed(shipped_packs()["uk"].text, "[scripts.", '[must_not_say]\nzh = ["转告"]\n\n[scripts.')
    assert merge((FLOOR, CN, read_pack(text)), CN).conflicts == (MUST_NOT_SAY,)
    assert merge((FLOOR, CN, read_pack(text)), read_pack(text)).conflicts == ()


def first(name: str) -> str:
    """The text of a pack's first version."""
    return files("registry.policy").joinpath("packs", f"{name}@1.toml").read_text("utf-8")
