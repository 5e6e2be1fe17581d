"""Whether enough witnesses cosigned a checkpoint, and lately enough (C2SP tlog-policy, tlog-cosignature).

A log's signature says what its operator shows to you; a quorum says that others were shown the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.tlog.cosignature import verify_cosignatures
from registry.tlog.errors import TlogError
from registry.tlog.note import Verifier
from registry.tlog.witness_policy import Witness, WitnessPolicy

AHEAD = 60  # seconds that a witness's clock may run before ours


@dataclass(frozen=True, slots=True)
class Demand:
    """The policy that a checkpoint must meet; with `fresh`, by cosignatures of the last `fresh` seconds before `at`
    (seconds since 1970) alone."""

    policy: WitnessPolicy
    at: int = 0
    fresh: int | None = None

    def met_by(self, note: bytes, log: Verifier) -> str:
        """Who cosigned the note, in words. Raises TlogError when they are no quorum, or when the policy is about
        other logs than this one."""
        if self.policy.log and log not in [one.verifier for one in self.policy.log]:
            raise TlogError("the witness policy names other logs than this one")
        times = verify_cosignatures(note, self.policy.verifiers)
        there = [one for one in self.policy.witnesses if one.verifier in times]
        lately = [one for one in there if self._counts(times[one.verifier])]
        if not self.policy.satisfied([one.verifier.public for one in lately]):
            late = "" if len(lately) == len(there) else f", and not lately by {_names(there, lately)}"
            raise TlogError(f"the checkpoint needs {self.policy}, and is cosigned by {_names(lately)}{late}")
        return f"{_names(lately)} (needed: {self.policy})"

    def _counts(self, time: int) -> bool:
        return self.fresh is None or self.at - self.fresh <= time <= self.at + AHEAD


def _names(witnesses: Sequence[Witness], but: Sequence[Witness] = ()) -> str:
    return " ".join(one.name for one in witnesses if one not in but) or "nobody"
