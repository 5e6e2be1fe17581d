"""What leaves for the witnesses by itself, while the vault's thread is busy: the newest that was durable, signed and
guarded, once enough have taken the one before; and nothing is believed for it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry.tlog.checkpoint import Checkpoint, parse_checkpoint
from registry.tlog.note import parse_note
from registry.vault.log.feeder_following import Following, Next
from registry.vault.log.feeder_ports import Reply
from registry.vault.log.stated import Stated
from tests.deep import examples
from tests.quorum import MOODS
from tests.vault_log.watched import Watched
from tests.vault_log.witness import WatchedKey, assert_no_fork
from tests.vault_log.world import ORIGIN, Broken, World, life

OK, REFUSED = Reply(200), Reply(429)
FIRST, SECOND, THIRD = (Stated(f"note {size}", Checkpoint(ORIGIN, size, bytes(32))) for size in (1, 2, 3))


class Posts:
    """A network that only remembers what it was given; `says` is a reply that comes in."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []
        self.alert = lambda: None
        self.following = lambda place, reply: ()
        self.has_come = False

    def send(self, place: int, body: bytes) -> None:
        self.sent.append((place, body))

    def arrived(self) -> list[tuple[int, Reply]]:
        return []

    def wait(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")

    def close(self) -> None:
        raise AssertionError("nobody closes here")


def asked(places: Sequence[int] = (0, 1, 2)) -> tuple[Following, Posts]:
    """Two of three are enough; the first checkpoint is on its way to these."""
    posts = Posts()
    following = Following(posts, lambda of: len(of) >= 2, lambda: 7.0)  # type: ignore[arg-type]
    for place in places:
        following.send(place, FIRST, b"first")
    posts.sent.clear()
    return following, posts


def after_first(counted: Sequence[int] = (0, 1, 2), stated: Stated = SECOND, body: bytes = b"second") -> Next:
    return Next(FIRST, stated, body, {0, 1, 2}, frozenset(counted))


def test_the_next_goes_to_all_who_have_taken_the_one_before_once_they_are_enough() -> None:
    following, posts = asked()
    following.prepare(after_first())
    assert posts.following(0, OK) == []
    assert posts.following(1, OK) == [(0, b"second"), (1, b"second")]
    assert posts.following(2, OK) == [(2, b"second")], "whoever comes later gets it at once"
    assert set(following.gone()) == {0, 1, 2}
    assert following.gone() == {}


def test_whoever_refuses_gets_nothing_and_is_not_counted() -> None:
    following, posts = asked()
    following.prepare(after_first())
    assert posts.following(0, OK) == posts.following(1, REFUSED) == []
    assert posts.following(2, OK) == [(0, b"second"), (2, b"second")]


def test_whoever_lied_last_is_not_counted_but_gets_it_with_the_others() -> None:
    following, posts = asked()
    following.prepare(after_first(counted=(1, 2)))
    assert posts.following(0, OK) == posts.following(1, OK) == []
    assert posts.following(2, OK) == [(0, b"second"), (1, b"second"), (2, b"second")]


def test_what_is_newer_takes_the_place_of_what_is_prepared_until_that_leaves() -> None:
    following, posts = asked()
    following.prepare(after_first())
    following.prepare(after_first(stated=THIRD, body=b"third"))
    assert posts.following(0, OK) == []
    assert posts.following(1, OK) == [(0, b"third"), (1, b"third")]
    following.prepare(after_first(body=b"late"))
    assert posts.following(2, OK) == [(2, b"third")], "all are asked for the same"


def test_what_is_prepared_after_the_answers_came_goes_at_once() -> None:
    following, posts = asked()
    assert posts.following(0, OK) == posts.following(1, OK) == []
    following.prepare(after_first())
    assert posts.sent == [(0, b"second"), (1, b"second")]


def test_what_is_held_goes_when_it_is_released_as_it_is_then() -> None:
    following, posts = asked()
    following.prepare(after_first())
    following.hold()
    assert posts.following(0, OK) == posts.following(1, OK) == []
    following.prepare(after_first(stated=THIRD, body=b"third"))
    assert posts.sent == []
    following.release()
    assert posts.sent == [(0, b"third"), (1, b"third")]


def test_nothing_goes_by_itself_to_whom_the_vault_sends_or_once_it_was_stopped() -> None:
    following, posts = asked()
    following.prepare(after_first())
    assert not following.claim(0), "something is on its way"
    posts.following(0, OK)
    assert following.claim(0)
    posts.following(1, OK)
    assert posts.following(2, OK) == [(1, b"second"), (2, b"second")]
    following, posts = asked()
    following.prepare(after_first())
    following.stop()
    assert posts.following(0, OK) == posts.following(1, OK) == []


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    one = Watched(tmp_path)
    one.log.feed()
    one.run(0.2)
    return one


def sizes(watched: Watched, place: int = 0) -> list[int]:
    """Of the checkpoints that a witness was asked for."""
    return [int(parse_note(body.partition(b"\n\n")[2]).text.splitlines()[1])
            for body in watched.quorum.witnesses[place].heard]


def busy(watched: Watched, seconds: float) -> None:
    """The vault's thread hears nothing for so long."""
    watched.quorum.wire.busy(seconds)
    watched.wall += round(seconds * 1000)


def test_the_next_leaves_while_the_vault_is_busy_and_nothing_is_published_for_that(watched: Watched) -> None:
    first, second = watched.add(), watched.add()
    busy(watched, 0.06)
    assert sizes(watched)[-2:] == [first, second], "it left at once"
    assert watched.log.published == 1
    watched.log.feed()
    assert watched.log.published == first
    watched.run(0.05)
    assert watched.log.published == second


def test_what_leaves_is_the_newest_at_that_time_and_one_at_a_time(watched: Watched) -> None:
    first, *_, last = [watched.add() for _ in range(6)]
    busy(watched, 5)
    assert sizes(watched)[-2:] == [first, last]
    watched.log.feed()
    assert watched.log.published == last


def test_a_round_that_is_being_written_goes_with_the_next(watched: Watched) -> None:
    first = watched.add()
    watched.add()
    watched.feeder.hold()
    busy(watched, 0.06)
    assert sizes(watched)[-1] == first
    last = watched.add()
    assert sizes(watched)[-1] == last, "before anything is heard, recorded or answered"


def test_what_was_held_for_a_round_that_wrote_nothing_leaves_by_itself_again(watched: Watched) -> None:
    first, second = watched.add(), watched.add()
    watched.feeder.hold()
    watched.log.feed()
    busy(watched, 0.06)
    assert sizes(watched)[-2:] == [first, second]


@pytest.mark.parametrize("slow", [0.12, 0.3])
def test_a_slow_witness_is_sent_what_the_others_are_done_with_and_they_are_not_asked_again(
    watched: Watched, slow: float,
) -> None:
    watched.quorum.witnesses[2].delay = slow
    first, second = watched.add(), watched.add()
    watched.run(slow + 0.02)
    assert (watched.log.published, sizes(watched, 2)[-1]) == (second, second), "it is sent by itself"
    third = watched.add()
    watched.run(0.05)
    assert watched.log.published == third, "one round trip of the quick ones"
    watched.run(1)
    assert sizes(watched, 0) == sizes(watched, 1) == [1, first, second, third], "each once"


def test_a_reply_that_is_heard_late_does_not_lead_back_behind_what_is_published(watched: Watched) -> None:
    watched.add()
    second = watched.add()
    watched.quorum.wire.stuck = {2}
    watched.run(0.05)
    third = watched.add()
    watched.run(0.05)
    assert watched.log.published == second
    watched.quorum.wire.put(2)
    watched.log.feed()
    last = watched.add()
    watched.run(0.05)
    assert watched.log.published == third
    watched.run(0.05)
    assert watched.log.published == last, "nobody waits for the witness that says no more"


@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood not in ("well", "replays")])
def test_when_the_one_in_flight_fails_what_was_prepared_does_no_harm(watched: Watched, mood: str) -> None:
    for one in watched.quorum.witnesses[:2]:
        one.mood = mood
    watched.add()
    last = watched.add()
    busy(watched, 0.2)
    watched.log.feed()
    assert watched.log.published == 1
    watched.run(1)
    assert watched.log.published == 1
    watched.quorum.all("well")
    watched.run(70)  # who contradicts us rests for a minute
    assert watched.log.published == watched.log.signed == last


def test_a_witness_that_stands_elsewhere_is_brought_up_to_date_by_the_vault(watched: Watched) -> None:
    """It has forgotten the last that it cosigned."""
    first, last = watched.add(), watched.add()
    lazy = watched.quorum.witnesses[0]
    held = dict(lazy.memory.kept)
    busy(watched, 0.06)
    lazy.memory.kept = held
    watched.run(0.2)
    assert watched.log.published == last
    newest = watched.add()
    watched.run(0.2)
    assert (watched.log.published, lazy.size) == (newest, newest)
    assert first < last


@pytest.mark.parametrize("each", [0, 3])
def test_a_witness_that_lies_always_or_in_turns_does_not_keep_honest_ones_apart(tmp_path: Path, each: int) -> None:
    """It is quick, and says 200 to what it does not cosign; of the others one is slow."""
    watched = Watched(tmp_path)
    liar, _, slow = watched.quorum.witnesses
    liar.delay, slow.delay = 0.01, 0.13
    published = []
    for number in range(120):
        liar.mood = "garbage" if not each or number // each % 2 else "well"
        watched.add()
        busy(watched, 0.02)
        watched.log.feed()
        published.append(watched.log.published)
    assert published == sorted(published)
    assert len(set(published)) > 10


@pytest.mark.parametrize("point", ["inside-integrate", "integrated", "signed", "guarded"])
@pytest.mark.parametrize("held", [True, False])
def test_what_was_undone_never_leaves(watched: Watched, point: str, *, held: bool) -> None:
    """A round fails while something is prepared, perhaps after its entries have become durable."""
    first, second = watched.add(), watched.add()
    if held:
        watched.feeder.hold()
    watched.world.faults.point = point
    with pytest.raises(Broken):
        watched.world.add(life(900))
    busy(watched, 0.06)
    assert set(sizes(watched)) <= {1, first, second}
    assert max(sizes(watched)) <= watched.log.signed
    watched.log.commit()
    watched.log.feed()
    watched.run(0.3)
    assert watched.log.published == watched.log.size


def test_a_vault_that_dies_after_the_next_left_by_itself_goes_on_from_there(watched: Watched) -> None:
    first, second = watched.add(), watched.add()
    busy(watched, 0.2)
    assert watched.quorum.witnesses[0].size == second
    watched.reopen()  # it never heard
    assert watched.log.published < first
    watched.log.feed()
    watched.run(0.3)
    assert not watched.feeder.differing
    assert watched.log.published == second


KINDS = st.sampled_from(["", "text/plain", "text/x.tlog.size", "text/html"])
BODIES = st.binary(max_size=80) | st.integers(-1, 2**70).map(lambda size: b"%d\n" % size) | st.builds(
    lambda name, said: f"— {name} ".encode() + b64encode(said) + b"\n",
    st.sampled_from(["witness.invalid/a", "witness.invalid/b"]), st.binary(max_size=80),
)


def answered_unheard(watched: Watched) -> bool:
    """Whether both witnesses who say something have said it, and the vault's thread has yet to hear them."""
    return {0, 1} <= {place for place, _ in watched.quorum.wire.unheard}


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.builds(Reply, st.sampled_from([0, 100, 200, 404, 409, 422, 999]), KINDS, BODIES), min_size=1,
                max_size=8))
@example([Reply(409, "text/x.tlog.size", b"0"), Reply(0)])
def test_whatever_a_witness_says_the_round_that_hears_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, replies: list[Reply],
) -> None:
    """It is heard inside the commit: an error there would cost every entry of the round."""
    watched = Watched(tmp_path_factory.mktemp("said"))
    watched.log.feed()
    watched.run(0.2)
    before = watched.log.size
    for reply in replies:
        watched.quorum.witnesses[0].says = watched.quorum.witnesses[1].says = reply
        busy(watched, 61)  # whoever contradicted us is asked again
        for _ in range(100):  # and who has just said it rests for a moment
            watched.log.feed()
            busy(watched, 0.06)
            if answered_unheard(watched):
                break
        assert answered_unheard(watched)
        watched.world.add(life(watched.world.fresh()))
    assert watched.log.size == before + len(replies)
    assert watched.log.published == 1, "two of three say nothing that counts"
    watched.log.close()


STEPS = st.lists(st.one_of(
    st.tuples(st.just("add"), st.integers(1, 3)), st.tuples(st.just("busy"), st.sampled_from([0.01, 0.06, 0.3])),
    st.tuples(st.just("feed"), st.just(0)), st.tuples(st.just("run"), st.sampled_from([0.06, 0.7])),
    st.tuples(st.just("hold"), st.just(0)), st.tuples(st.just("delay"), st.integers(0, 8)),
    st.tuples(st.sampled_from(["inside-integrate", "signed", "guarded", "feeding", "cosigned"]), st.just(0)),
    st.tuples(st.sampled_from(MOODS), st.integers(0, 2)), st.tuples(st.just("restart"), st.just(0)),
), max_size=24)


def step(watched: Watched, what: str, number: float) -> None:
    if what == "add":
        watched.world.add(*(life(watched.world.fresh()) for _ in range(int(number))))
    elif what == "busy":
        busy(watched, number)
    elif what == "feed":
        watched.log.feed()
    elif what == "run":
        watched.run(number)
    elif what == "hold":
        watched.feeder.hold()
    elif what == "delay":
        watched.quorum.witnesses[int(number) % 3].delay = (0.01, 0.05, 0.3)[int(number) // 3]
    elif what == "restart":
        watched.reopen(faults=watched.world.faults)
    elif what in MOODS:
        watched.quorum.witnesses[int(number)].mood = what
    else:
        watched.world.faults.point = what


@settings(max_examples=examples(40), deadline=None)
@given(STEPS)
def test_whatever_leaves_by_itself_is_our_one_history_and_is_published_only_by_a_quorum(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    key = WatchedKey()
    watched = Watched(tmp_path_factory.mktemp("steps"), world=lambda folder: World(folder, key))
    watched.add()
    best = watched.log.published
    for what, number in steps:
        try:
            step(watched, what, number)
        except Broken:
            watched.world.faults.point = None
        assert best <= watched.log.published <= watched.log.signed
        best = watched.log.published
        assert best == 1 or len(watched.cosigners()) >= 2
        assert all(max(sizes(watched, place), default=0) <= watched.log.signed for place in range(3))
    watched.world.faults.point = None
    watched.quorum.all("well")
    watched.log.commit()
    watched.log.feed()
    watched.run(70)
    assert watched.log.published == watched.log.size
    assert_no_fork(watched.log, key.signed)
    signed = {parse_checkpoint(text.decode()) for text in key.signed}
    for one in watched.quorum.witnesses:
        asked_for = {parse_checkpoint(parse_note(body.partition(b"\n\n")[2]).text) for body in one.heard}
        assert asked_for <= signed
    watched.log.close()
