"""With witnesses: no number leaves before their quorum, whatever they do; whatever tightens waits for nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.errors import IntegrityError, NotFoundError, UnavailableError
from registry.loop import Waiting
from registry.model.times import SECOND
from registry.settings import SettingsError
from registry.tlog.cosignature import verify_cosignatures
from registry.tlog.note import parse_verifier
from registry.tlog.proof import parse_proof, verify_proof
from registry.vault.vault import Vault
from tests import vault_engine
from tests.quorum import MOODS, Quorum
from tests.world import Person, World

BAD = [mood for mood in MOODS if mood != "well"]


def witnessed(world: World, **more: Any) -> Quorum:
    """The world's vault meets three witnesses; two must cosign."""
    quorum = Quorum(world.vault.desk.keys.vkey, world.clock.wall, **more)
    world.vault.meet(quorum.feeder(), quorum.text)
    return quorum


def restarted(world: World, quorum: Quorum) -> None:
    world.reopen()
    world.vault.meet(quorum.feeder(), quorum.text)
    world.alive()


def turn(world: World, quorum: Quorum, seconds: float) -> list[tuple[Waiting, Any]]:
    """Lets the network's time pass as the loop does; the answers that became due."""
    late: list[tuple[Waiting, Any]] = []
    end = quorum.wire.now + seconds
    while quorum.wire.now < end:
        quorum.wire.wait(min(0.05, end - quorum.wire.now))
        late += world.vault.late()
    return late


def withdrawal(world: World, person: Person) -> tuple[str, dict[str, Any]]:
    return "withdraw", {"by": world.lender.value(), "consent": person.consent, "through": "lender"}


def waiting(world: World, person: Person, key: str | None = None) -> Waiting:
    """A permit that waits for the witnesses."""
    (outcome,) = world.vault.begin([("lookup", world.asked(person, key=key))])
    assert isinstance(outcome, Waiting)
    return outcome


@pytest.fixture
def person(world: World) -> Person:
    found = world.unreachable()
    world.alive()
    return found


@pytest.fixture
def quorum(world: World, person: Person) -> Quorum:
    return witnessed(world)


def test_a_number_leaves_under_a_checkpoint_that_the_quorum_has_cosigned(
    world: World, person: Person, quorum: Quorum
) -> None:
    answer = world.lookup(person)
    assert world.opened(answer)["number"] == person.contact_number
    checkpoint = parse_proof(answer["proof"]).checkpoint
    assert len(verify_cosignatures(checkpoint, quorum.policy.verifiers)) >= 2
    assert all(one.size > answer["log_index"] for one in quorum.witnesses[:2])


@pytest.mark.parametrize("mood", BAD)
def test_without_a_quorum_no_number_leaves_and_the_entry_stays(
    world: World, person: Person, quorum: Quorum, mood: str
) -> None:
    quorum.all(mood)
    args = world.asked(person, key="k")
    with pytest.raises(UnavailableError) as caught:
        world.call("lookup", **args)
    assert caught.value.code == "witness-quorum"
    (permit,) = [one for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"]
    assert permit.index < world.vault.desk.log.signed
    assert world.vault.desk.log.published <= permit.index
    quorum.all("well")
    turn(world, quorum, 70)
    answer = world.call("lookup", **args)
    assert world.opened(answer)["number"] == person.contact_number
    assert len(world.entries("lookup-redelivered/1")) == 1, "the same key later goes the way of a redelivery"
    assert answer["lookup"] == permit.id


def test_one_witness_of_three_is_not_enough_and_two_are(world: World, person: Person, quorum: Quorum) -> None:
    quorum.witnesses[0].mood = quorum.witnesses[1].mood = "dead"
    with pytest.raises(UnavailableError):
        world.lookup(person)
    quorum.witnesses[1].mood = "well"
    turn(world, quorum, 2)
    world.alive()
    assert world.lookup(person, agent="agent-18")["verdict"] in ("permit", "deny")


def test_whoever_asks_again_while_a_permit_waits_waits_with_it_and_it_is_one_use(
    world: World, person: Person, quorum: Quorum
) -> None:
    args = world.asked(person, key="k")
    first, second = world.vault.begin([("lookup", args), ("lookup", args)])
    (third,) = world.vault.begin([("lookup", args)])
    outcomes = dict(turn(world, quorum, 0.3))
    assert outcomes[first] == outcomes[second]  # type: ignore[index]
    assert outcomes[third]["lookup"] == outcomes[first]["lookup"]  # type: ignore[index]
    permits = [one for one in world.entries("lookup-decided/1") if one.body["verdict"] == "permit"]
    assert len(permits) == 1


def test_permits_that_wait_share_a_checkpoint_and_none_waits_for_more_than_two_round_trips(world: World) -> None:
    people = world.unreachables(6)
    world.alive()
    quorum = witnessed(world, names=("a",), k=1)
    turn(world, quorum, 1)
    heard, asked, answered = len(quorum.witnesses[0].heard), {}, {}
    for one in people:  # the first finds no checkpoint on its way, the others that of the first
        asked[waiting(world, one)] = quorum.wire.now
        quorum.wire.wait(0.005)
    while len(answered) < len(people):
        quorum.wire.wait(0.05)
        answered |= {permit: quorum.wire.now for permit, _ in world.vault.late()}
    round_trip = quorum.witnesses[0].delay
    assert all(answered[one] - asked[one] <= 2 * round_trip + 0.001 for one in asked)
    assert len(quorum.witnesses[0].heard) == heard + 2, "one checkpoint for the first, one for all the others"


@pytest.mark.parametrize(("whole", "answered"), [(False, 1), (True, 3)])
def test_a_round_ends_early_where_a_witness_has_said_something_for_which_a_permit_waits(
    world: World, person: Person, quorum: Quorum, *, whole: bool, answered: int
) -> None:
    three: list[tuple[str, dict[str, Any]]] = [("log-now", {}), withdrawal(world, person), ("log-now", {})]
    turn(world, quorum, 1)
    world.alive()
    quorum.wire.busy(0.06)
    assert len(world.vault.begin(three[:1] * 3, whole=whole)) == 3, "nobody waits"
    waiting(world, person)
    assert len(world.vault.begin(three[:1] * 3, whole=whole)) == 3, "nobody has said anything"
    quorum.wire.busy(0.06)
    assert len(world.vault.begin(three, whole=whole)) == answered


def test_a_withdrawal_acknowledged_while_a_permit_waits_wins(world: World, person: Person, quorum: Quorum) -> None:
    permit = waiting(world, person)
    assert world.vault.late() == []
    (withdrawn,) = world.vault.begin([withdrawal(world, person)])
    assert isinstance(withdrawn, dict), "it waits for no witness"
    ((settled, answer),) = turn(world, quorum, 0.3)
    assert settled is permit
    assert answer["verdict"] == "deny"
    assert "release" not in answer
    assert len(world.entries("opening-refused/1")) == 1


@pytest.mark.parametrize("mood", BAD)
def test_while_no_witness_cosigns_whatever_tightens_is_answered_and_so_is_a_denial(
    world: World, person: Person, quorum: Quorum, mood: str
) -> None:
    quorum.all(mood)
    now = quorum.wire.now
    withdrawn = world.call(*withdrawal(world, person)[:1], **withdrawal(world, person)[1])
    denied = world.lookup(person)
    life = world.append("sign-of-life/1", {"borrower": person.borrower, "source": "lender"}, world.lender)
    assert denied["verdict"] == "deny"
    assert quorum.wire.now == now, "nobody waited"
    vkey = parse_verifier(world.vault.desk.keys.vkey)
    log = world.vault.desk.log
    for answer in (withdrawn, denied, life):
        ((_, leaf),) = log.leaves(answer["log_index"], 1)
        assert verify_proof(answer["proof"], leaf, vkey).size > answer["log_index"]


def test_an_address_for_a_message_waits_for_the_quorum_as_a_number_does(
    world: World, person: Person, quorum: Quorum
) -> None:
    quorum.all("dead")
    asked = world.call("notice", by=world.agency.value(), account=person.account)
    index = asked["log_index"]
    (wanted, *_) = world.vault.call("deliveries", {"index": index})["deliveries"]
    args = world.open_args(index, wanted)
    with pytest.raises(UnavailableError) as caught:
        world.call("open-for-delivery", **args)
    assert caught.value.code == "witness-quorum"
    assert world.entries("address-opened/1")[-1].body["about"] == world.vault.desk.log.entry(index).id  # type: ignore[union-attr]
    quorum.all("well")
    turn(world, quorum, 2)
    assert world.call("open-for-delivery", **args)["to"]


def test_a_message_whose_consent_is_withdrawn_while_its_address_waits_is_withheld(
    world: World, person: Person, quorum: Quorum
) -> None:
    asked = {"mode": "message"}
    refused = world.lookup(person, **asked)
    world.sign("approval-given/1", {"approval": refused["approval"], "borrower": person.borrower})
    permit = world.entry(world.lookup(person, **asked)["lookup"])
    (wanted,) = world.vault.call("deliveries", {"index": permit.index})["deliveries"]
    (outcome,) = world.vault.begin([("open-for-delivery", world.open_args(permit.index, wanted))])
    assert isinstance(outcome, Waiting)
    world.vault.begin([withdrawal(world, person)])
    ((_, answer),) = turn(world, quorum, 0.3)
    assert isinstance(answer, NotFoundError), "nobody asks for it any more"


def test_the_courier_follows_what_is_signed(world: World, person: Person, quorum: Quorum) -> None:
    quorum.all("dead")
    life = world.append("sign-of-life/1", {"borrower": person.borrower, "source": "lender"}, world.lender)
    index = life["log_index"]
    followed = world.vault.call("follow", {"after": index, "limit": 5, "courier": True})
    assert [one["index"] for one in followed["entries"]] == [index]
    assert world.vault.call("entry", {"index": index})["proof"]
    assert world.vault.call("status", {})["published"] <= index
    with pytest.raises(NotFoundError):
        world.vault.call("tile", {"level": 0, "n": 0, "width": index + 1})


def test_a_vault_says_in_its_log_by_which_policy_it_publishes_and_once(world: World, person: Person) -> None:
    quorum = witnessed(world)
    restarted(world, quorum)
    (entry,) = world.entries("witness-policy-set/1")
    assert entry.body == {"policy": quorum.policy.digest, "text": quorum.text}
    world.reopen()
    world.vault.meet(None)
    assert [one.body["policy"] for one in world.entries("witness-policy-set/1")] == [quorum.policy.digest, "none"]
    assert world.vault.call("status", {})["witnesses"] == "none"
    world.reopen()
    world.vault.meet(None)
    assert len(world.entries("witness-policy-set/1")) == 2


def test_the_status_tells_who_must_cosign_how_far_they_have_and_who_did_not(
    world: World, person: Person, quorum: Quorum
) -> None:
    quorum.witnesses[2].mood = "refuses"
    world.lookup(person)
    log = world.vault.desk.log
    assert world.vault.call("status", {})["witnesses"] == {
        "quorum": "2 of 3 (a b c)", "policy": quorum.policy.digest, "cosigned": log.published,
        "at": world.clock.wall(), "silent": ["c"],
    }


def test_a_policy_about_another_log_is_refused(world: World) -> None:
    quorum = Quorum("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", world.clock.wall)
    with pytest.raises(SettingsError) as caught:
        world.vault.meet(quorum.feeder(), quorum.text)
    assert world.vault.desk.keys.vkey in caught.value.detail


def test_a_vault_that_a_witness_is_ahead_of_at_start_does_not_start(
    world: World, person: Person, quorum: Quorum
) -> None:
    world.lookup(person)
    size = world.vault.desk.log.size
    world.reopen()
    quorum.witnesses[1].mood = "ahead"
    with pytest.raises(IntegrityError) as caught:
        world.vault.meet(quorum.feeder(), quorum.text)
    assert "b at 999999" in caught.value.detail
    assert f"ends at {size}" in caught.value.detail


def test_a_vault_whose_history_a_witness_knows_otherwise_does_not_start(
    world: World, person: Person, quorum: Quorum
) -> None:
    origin, held = next(iter(quorum.witnesses[0].memory.kept.items()))
    quorum.witnesses[0].memory.kept[origin] = replace(held, root=bytes(32))
    world.reopen()
    with pytest.raises(IntegrityError) as caught:
        world.vault.meet(quorum.feeder(), quorum.text)
    assert f"a at {held.size}" in caught.value.detail


def test_a_vault_restored_from_an_old_copy_is_stopped_by_the_witnesses(
    world: World, person: Person, quorum: Quorum, tmp_path: Any
) -> None:
    world.vault.close()
    vault_engine.copy(world.folder / "vault", tmp_path / "old")
    world.reopen()
    world.vault.meet(quorum.feeder(), quorum.text)
    world.alive()
    world.lookup(person)
    size = world.vault.desk.log.size
    world.vault.close()
    vault_engine.copy(tmp_path / "old", world.folder / "vault")
    old = Vault.open(world.folder / "vault", world.kek, world.clock, bytes, demo=True)
    with pytest.raises(IntegrityError) as caught:
        old.meet(quorum.feeder(), quorum.text)
    assert f"at {size}" in caught.value.detail
    assert "backup" in caught.value.detail
    old.close()
    world.vault = old


def test_a_vault_starts_without_its_witnesses_and_opens_when_they_come(world: World, person: Person) -> None:
    quorum = Quorum(world.vault.desk.keys.vkey, world.clock.wall)
    quorum.all("dead")
    world.vault.meet(quorum.feeder(), quorum.text)
    with pytest.raises(UnavailableError):
        world.lookup(person)
    quorum.all("well")
    turn(world, quorum, 3)
    world.alive()
    assert world.vault.desk.log.published == world.vault.desk.log.size


def test_alarms_tell_of_witnesses_that_contradict_are_silent_or_too_few(
    world: World, person: Person, quorum: Quorum
) -> None:
    quorum.witnesses[0].mood, quorum.witnesses[1].mood = "ahead", "dead"
    for _ in range(30):
        world.clock.at += 10 * SECOND
        turn(world, quorum, 10)
        world.vault.call("keep-house", {})
    raised = {(one.body["alarm"], one.body.get("witness")) for one in world.entries("alarm-raised/3")}
    assert raised >= {
        ("fork-evidence", "a"), ("witness-silent", "a"), ("witness-silent", "b"), ("checkpoint-gap", None),
    }
    assert len(world.entries("alarm-raised/3")) == len(raised), "each once while it is open"
    assert not [one for one in raised if one[1] == "c"]


def test_without_witnesses_an_opening_waits_for_nothing(world: World, person: Person) -> None:
    (outcome,) = world.vault.begin([("lookup", world.asked(person))])
    assert isinstance(outcome, dict)
    assert outcome["verdict"] == "permit"
    assert world.vault.late() == []
