"""A log with witnesses: what is signed goes to all of them, what a quorum has cosigned is published, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import ConflictError, IntegrityError, UnavailableError
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.cosignature import verify_cosignatures
from registry.tlog.proof import verify_proof
from tests.deep import examples
from tests.quorum import MOODS, Quorum
from tests.vault_log.watched import Watched
from tests.vault_log.world import START, Broken, World, life


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    one = Watched(tmp_path)
    one.log.feed()
    one.run(0.2)
    assert one.log.published == 1
    return one


def test_nothing_is_published_before_the_quorum_has_cosigned_it(watched: Watched) -> None:
    size = watched.add(3)
    assert (watched.log.signed, watched.log.published) == (size, 1)
    ((_, leaf),) = watched.log.leaves(2, 1)
    assert verify_proof(watched.log.proof(2), leaf, watched.world.key.verifier).size == size
    watched.run(0.06)
    assert watched.log.published == size
    assert len(watched.cosigners()) >= 2
    assert open_checkpoint(watched.log.checkpoint(), watched.world.key.verifier).size == size


def test_what_is_served_ends_at_what_is_published_and_what_is_followed_at_what_is_signed(watched: Watched) -> None:
    watched.quorum.all("dead")
    size = watched.add(5)
    assert watched.log.tile(0, 0, 1) is not None
    assert watched.log.tile(0, 0, 2) is None
    assert watched.log.entry_bundle(0, 2) is None
    assert len(watched.log.leaves(0, 99)) == size


def test_two_of_three_are_enough_and_the_third_adds_its_line_later(watched: Watched) -> None:
    watched.quorum.witnesses[2].delay = 0.4
    size = watched.add()
    watched.run(0.1)
    assert (watched.log.published, len(watched.cosigners())) == (size, 2)
    watched.run(0.5)
    assert (watched.log.published, len(watched.cosigners())) == (size, 3)


@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "well"])
def test_one_witness_in_any_mood_does_not_stop_the_other_two(watched: Watched, mood: str) -> None:
    watched.quorum.witnesses[0].mood = mood
    for _ in range(3):
        size = watched.add()
        watched.run(0.15)
        assert watched.log.published == size
        assert watched.quorum.witnesses[0].name not in watched.cosigners()


@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "well"])
def test_two_witnesses_in_any_mood_let_nothing_be_published(watched: Watched, mood: str) -> None:
    for one in watched.quorum.witnesses[:2]:
        one.mood = mood
    watched.add()
    watched.run(4)
    assert watched.log.published == 1


def test_rounds_go_on_while_a_checkpoint_is_with_the_witnesses_and_the_newest_goes_next(watched: Watched) -> None:
    first = watched.add()
    for _ in range(5):
        last = watched.add()
    watched.run(0.06)
    assert watched.log.published == first
    watched.run(0.06)
    assert watched.log.published == last
    submitted = [one.heard for one in watched.quorum.witnesses]
    assert {len(heard) for heard in submitted} == {3}, "one at the start, then two for six rounds"


def test_witnesses_that_are_out_of_step_still_meet_at_one_checkpoint_under_load(tmp_path: Path) -> None:
    """Were each given the newest when it is free, no two of them would ever cosign the same."""
    watched = Watched(tmp_path, k=3)
    for one, delay in zip(watched.quorum.witnesses, (0.05, 0.19, 0.31), strict=True):
        one.delay = delay
    published = []
    for _ in range(100):
        watched.add()
        watched.run(0.03)
        published.append(watched.log.published)
    assert len(set(published)) > 4
    assert published == sorted(published)


def test_a_silent_witness_holds_up_nobody_for_longer_than_its_deadline(watched: Watched) -> None:
    watched.quorum.witnesses[0].mood = watched.quorum.witnesses[1].mood = "dead"
    watched.add()
    watched.run(0.3)
    watched.quorum.witnesses[1].mood = "well"
    size = watched.add()
    watched.run(1.9)
    assert watched.log.published == size


def test_a_witness_that_missed_much_is_brought_up_to_date_by_one_proof(watched: Watched) -> None:
    lazy = watched.quorum.witnesses[0]
    lazy.mood = "refuses"
    watched.world.fill(700)
    watched.log.feed()
    watched.run(1)
    assert (lazy.size, watched.log.published) == (1, 700)
    lazy.mood, watched.quorum.witnesses[1].mood = "well", "dead"
    size = watched.add()
    watched.run(1)
    assert (lazy.size, watched.log.published) == (size, size)
    assert lazy.heard[-1].startswith(b"old 1\n")


def test_a_vault_that_forgot_where_witnesses_stand_learns_it_from_their_409(watched: Watched) -> None:
    size = watched.add(300)
    watched.run(0.1)
    watched.reopen()
    watched.log.feed()
    watched.run(0.2)
    heard = watched.quorum.witnesses[0].heard
    assert [body.partition(b"\n")[0] for body in heard[-2:]] == [b"old 0", b"old %d" % size]
    assert not watched.feeder.differing
    assert watched.add()
    watched.run(0.1)
    assert watched.log.published == watched.log.size


def test_what_was_published_survives_a_restart_with_its_cosignatures(watched: Watched) -> None:
    watched.add(3)
    watched.run(0.06)
    note = watched.log.checkpoint()
    watched.quorum.all("dead")
    watched.add(3)
    watched.run(1)
    watched.reopen()
    assert watched.log.checkpoint() == note or watched.log.checkpoint().startswith(note), "perhaps one line more"
    assert watched.log.published == 4
    assert watched.log.signed == 7


@pytest.mark.parametrize("lost", [True, False])
def test_a_cosigned_checkpoint_that_cannot_be_recorded_is_not_published_until_it_is(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    size = watched.add()
    store = watched.log._store
    commit = store.commit

    def broken() -> None:
        if not lost:
            commit()  # it is there, and we are told that it is not
        raise OSError(28, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "commit", lambda self: broken())
        with pytest.raises(UnavailableError):
            watched.run(0.2)
        assert watched.log.published == 1
    watched.run(0.2)
    assert watched.log.published == size


@pytest.mark.parametrize("point", ["feeding", "cosigned", "published"])
def test_an_error_at_a_point_of_feeding_costs_nothing_but_time(watched: Watched, point: str) -> None:
    watched.world.add(life(1), life(2))
    watched.world.faults.point = point
    with pytest.raises(Broken):
        watched.run(0.2)
    watched.run(1.5)
    assert watched.log.published == watched.log.size == 3
    watched.add()
    watched.run(0.2)
    assert watched.log.published == 4


def test_in_silence_a_checkpoint_is_cosigned_again_at_the_cadence(watched: Watched) -> None:
    heard = len(watched.quorum.witnesses[0].heard)
    before = verify_cosignatures(watched.log.checkpoint(), watched.feeder.policy.verifiers)
    watched.run(200)
    after = verify_cosignatures(watched.log.checkpoint(), watched.feeder.policy.verifiers)
    assert len(watched.quorum.witnesses[0].heard) == heard + 3
    assert all(after[key] - before[key] >= 180 for key in before)
    assert not watched.feeder.gap
    watched.reopen()
    assert verify_cosignatures(watched.log.checkpoint(), watched.feeder.policy.verifiers) == after, "it is recorded"


def test_time_without_a_quorum_is_a_gap_until_it_was_told_of(watched: Watched) -> None:
    watched.quorum.all("dead")
    watched.run(170)
    assert not watched.feeder.gap
    watched.run(70)
    assert 180_000 < watched.feeder.gap <= 250_000
    watched.quorum.all("well")
    watched.run(2)
    assert watched.feeder.gap > 180_000, "it is over, and still to be told"
    watched.feeder.gap_told()
    assert not watched.feeder.gap


def test_the_time_that_a_vault_was_down_is_a_gap_too(watched: Watched) -> None:
    watched.wall += 3_600_000
    watched.reopen()
    watched.log.feed()
    watched.run(0.3)
    assert 3_600_000 <= watched.feeder.gap < 3_700_000


def test_a_witness_that_says_again_what_it_said_long_ago_is_silent(watched: Watched) -> None:
    witness = watched.quorum.witnesses[0]
    witness.mood = "replays"
    witness.first = ""
    watched.run(61)  # it says something in this mood for the first time
    watched.run(59)
    for _ in range(70):
        watched.run(60)
    assert watched.feeder.silent == ["a"]
    assert witness.name not in watched.cosigners()


def test_a_witness_whose_clock_is_hours_away_does_not_count(watched: Watched) -> None:
    for one in watched.quorum.witnesses[:2]:
        one.wall = lambda: watched.wall + 7_200_000
    watched.add()
    watched.run(3)
    assert watched.log.published == 1
    assert watched.feeder.unheard == ["a", "b"]


def test_who_contradicts_us_is_remembered_until_he_cosigns_again(watched: Watched) -> None:
    watched.quorum.witnesses[1].mood = "ahead"
    watched.add()
    watched.run(0.2)
    assert watched.feeder.differing == {"b": 999_999}
    watched.quorum.witnesses[1].mood = "well"
    watched.run(130)
    assert watched.feeder.differing == {}


def test_a_log_takes_its_witnesses_once(watched: Watched) -> None:
    with pytest.raises(ConflictError):
        watched.log.watched_by(watched.feeder, before=True)


def test_a_closed_log_lets_go_of_the_network(watched: Watched) -> None:
    wire = watched.quorum.wire
    watched.reopen()
    assert wire.closed


def test_a_policy_whose_quorum_cannot_be_reached_is_refused(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.quorum.text = watched.quorum.text.replace(" http://a.invalid", "").replace(" http://b.invalid", "")
    with pytest.raises(IntegrityError) as caught:
        watched.quorum.feeder()
    assert "no quorum" in caught.value.detail


def test_a_quorum_of_nobody_publishes_at_once_and_feeds_all_the_same(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.reopen()
    watched.quorum.text = watched.quorum.text.replace("quorum g", "quorum none")
    watched.log = watched.world.reopen()
    watched.meet(before=True)
    size = watched.add()
    assert watched.log.published == size
    watched.run(0.1)
    assert watched.cosigners() == {one.name for one in watched.quorum.witnesses}


def test_who_had_no_witnesses_before_has_published_what_was_signed(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add(*(life(number) for number in (1, 2, 3)))
    note = world.log.checkpoint()
    log = world.reopen()
    log.watched_by(Quorum(str(world.key.verifier), lambda: START).feeder(), before=False)
    assert (log.checkpoint(), log.published) == (note, 4)
    log.close()


STEPS = st.lists(st.one_of(
    st.tuples(st.just("add"), st.integers(1, 3)), st.tuples(st.just("run"), st.sampled_from([0.01, 0.06, 0.7])),
    st.tuples(st.sampled_from(MOODS), st.integers(0, 2)), st.tuples(st.just("restart"), st.just(0)),
), max_size=14)


@settings(max_examples=examples(60), deadline=None)
@given(STEPS)
def test_whatever_witnesses_do_what_is_published_has_two_of_them_and_never_goes_back(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    watched = Watched(tmp_path_factory.mktemp("steps"))
    watched.add()  # as a vault's first entry under a policy does, this records what was published before
    best = watched.log.published
    for what, number in steps:
        if what == "add":
            watched.add(int(number))
        elif what == "run":
            watched.run(number)
        elif what == "restart":
            watched.reopen()
        else:
            watched.quorum.witnesses[int(number)].mood = what
        assert watched.log.published >= best
        best = watched.log.published
        assert watched.log.published <= watched.log.signed == watched.log.size
        assert best == 1 or len(watched.cosigners()) >= 2
    watched.quorum.all("well")
    watched.run(70)
    assert watched.log.published == watched.log.size
    watched.log.close()
