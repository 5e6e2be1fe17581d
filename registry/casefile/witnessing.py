"""What a package says of a log's witnesses, and the keys by which its reader checks their lines."""

from __future__ import annotations

from dataclasses import dataclass

from registry.tlog.note import Verifier, parse_note
from registry.tlog.witness_policy import NONE, WitnessPolicy

KEYS = "keys/witnesses"  # verifier keys, one a line


@dataclass(frozen=True, slots=True)
class Witnessing:
    """`said`: `none`, or the quorum in words and the digest of the policy file. `keys`: of those who count."""

    said: str | dict[str, str]
    keys: tuple[Verifier, ...] = ()

    def files(self) -> dict[str, str]:
        """The keys as a file; none where there are none."""
        return {KEYS: "".join(f"{one}\n" for one in self.keys)} if self.keys else {}

    def lacks(self) -> tuple[str, ...]:
        """The steps of a README that make no sense here."""
        return () if self.keys else ("witnesses",)

    def places(self) -> dict[str, str]:
        """The words for a README."""
        if self.said == NONE:
            return {"WITNESSES": "没有（witnesses: none）。", "WITNESSES_EN": "there are none (witnesses: none)."}
        told = self.said if isinstance(self.said, str) else self.said.get("quorum", self.said["policy"])
        return {"WITNESSES": f"应有 {told}。", "WITNESSES_EN": f"there must be {told}."}


NOBODY = Witnessing(NONE)


def witnessing(policy: WitnessPolicy | None) -> Witnessing:
    """What a policy asks for; none where it asks for nobody."""
    if policy is None or policy.quorum == NONE:
        return NOBODY
    return Witnessing({"quorum": str(policy), "policy": policy.digest}, policy.verifiers)


def cosigners(note: str, log: Verifier) -> list[str]:
    """Names on the signature lines of a note that are not the log's own. Whether they hold is not looked at."""
    return [one.name for one in parse_note(note).signatures if (one.name, one.key_id) != (log.name, log.key_id)]

