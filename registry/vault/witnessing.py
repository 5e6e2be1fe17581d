"""The witnesses as the vault knows them: whose they are, the first meeting at start, what the status says, alarms."""

from __future__ import annotations

from typing import Any

from registry.errors import IntegrityError
from registry.model.entries import Entry
from registry.settings import SettingsError
from registry.tlog.witness_policy import NONE, WitnessPolicy
from registry.vault.alarming import raise_alarm
from registry.vault.desk import Desk
from registry.vault.log.feeder import Feeder

MAX_TEXT = 40_000  # characters of a policy that its entry repeats


def check_own(policy: WitnessPolicy, vkey: str) -> None:
    """Raises SettingsError when the policy names logs, and ours is none of them."""
    named = [str(one.verifier) for one in policy.log]
    if named and vkey not in named:
        raise SettingsError(f"the witness policy is about other logs than this one: add `log {vkey}`")


def meet(desk: Desk, feeder: Feeder) -> None:
    """Asks each witness what it has of this log. Raises IntegrityError when one has more of it, or another one;
    SettingsError when the policy is about another log."""
    check_own(feeder.policy, desk.keys.vkey)
    log = desk.log
    log.watched_by(feeder, before=desk.ledger.witness_policy != NONE)
    # One exchange, and one more for whoever tells its size first; who is silent by then is alarmed about later.
    until = feeder.times.steady() + 2 * feeder.patience.exchange
    log.feed()
    while not feeder.met and feeder.times.steady() < until:
        feeder.network.wait(until - feeder.times.steady())
        log.feed()
    if feeder.differing:
        raise IntegrityError(_what_to_do(feeder.differing, log.signed))


def record_policy(desk: Desk, policy: WitnessPolicy | None, text: str) -> list[Entry]:
    """The entry that says with which policy the vault was started, where that is another than before."""
    digest = NONE if policy is None else policy.digest
    if desk.ledger.witness_policy == digest:
        return []
    body = {"policy": digest, **({"text": text} if 0 < len(text) <= MAX_TEXT else {})}
    with desk.log.operation() as at:
        entry = desk.make("witness-policy-set/1", body, at)
    desk.log.commit()
    return [entry]


def status_of(desk: Desk) -> str | dict[str, Any]:
    """`none`, or who must cosign and how far they have: {quorum, policy, cosigned, at, silent}."""
    feeder = desk.log.feeder
    if feeder is None:
        return NONE
    since = {} if feeder.cosigned is None else {"at": feeder.cosigned[1]}
    return {"quorum": str(feeder.policy), "policy": feeder.policy.digest, "cosigned": desk.log.published, **since,
            "silent": feeder.unheard}


def watch_witnesses(desk: Desk, at: int) -> list[Entry]:
    """A chore: alarms about a witness that contradicts us, one that is silent, and time without a quorum."""
    feeder = desk.log.feeder
    if feeder is None:
        return []
    raised: list[Entry] = []
    for name, size in feeder.differing.items():
        raised += raise_alarm(desk, at, "fork-evidence", witness=_written(name), count=size)
    for name in feeder.silent:
        raised += raise_alarm(desk, at, "witness-silent", witness=_written(name))
    if not feeder.gap:
        return raised
    if desk.ledger.alarms.is_open("checkpoint-gap", {}):
        feeder.gap_told()  # by an entry that is folded, not by one that may still be lost
        return raised
    return raised + raise_alarm(desk, at, "checkpoint-gap", count=feeder.gap)


def _written(name: str) -> str:
    """A witness's name as entries take it: a policy file allows more letters."""
    return name.encode("ascii", "backslashreplace").decode().replace("+", "%2B")[:200]


def _what_to_do(differing: dict[str, int], size: int) -> str:
    said = ", ".join(f"{name} at {theirs}" for name, theirs in differing.items())
    return (
        f"witnesses contradict this log, which ends at {size}: {said}. If it was restored from a backup, that is too "
        "old: put back the newest database and guard, or retire this origin and begin another log. If it is whole "
        "(`registry audit verify --since` with a checkpoint that you kept), the witness is wrong: keep its answer as "
        "evidence and take it out of the policy file"
    )
