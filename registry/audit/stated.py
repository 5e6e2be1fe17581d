"""What a log says of itself on the way: entry 0, its packs, and whose cosignatures its vault waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.casefile.witnessing import NOBODY, Witnessing, witnessing
from registry.errors import IntegrityError
from registry.model.catalogue import KINDS
from registry.model.entries import Entry
from registry.model.kinds import kind_of
from registry.policy import read_pack
from registry.policy.derogations import derogation_of
from registry.tlog.witness_policy import NONE, parse_policy

POLICY_SET = "witness-policy-set/1"


class Stated:
    """Takes a log's entries in order; reads the few that speak of the registry itself."""

    def __init__(self) -> None:
        self.genesis: Mapping[str, Any] = {}
        self.packs: dict[str, tuple[str, str, str]] = {}  # by digest: name, version, text
        self.policy, self.policy_text = NONE, ""
        self._derogations = 0

    def take(self, entry: Entry) -> None:
        """The next entry. Raises IntegrityError for a pack that is not what it says, MalformedError for another
        shape than the kind's."""
        if entry.index == 0:
            kind_of(entry.draft, KINDS)
            self.genesis, self.policy = entry.body, entry.body["witness_policy"]
            for one in entry.body["packs"]:
                self._pack(one)
        elif entry.kind == "pack-activated/1":
            kind_of(entry.draft, KINDS)
            self._pack(entry.body)
        elif entry.kind == "derogation-granted/1":
            kind_of(entry.draft, KINDS)
            self._derogations += 1
            found = derogation_of(entry, self._derogations)
            self.packs[found.name.sha256] = (found.name.name, found.name.version, found.text)
        elif entry.kind == POLICY_SET:
            self.policy, self.policy_text = entry.body["policy"], entry.body.get("text", "")

    def witnesses(self) -> Witnessing:
        """What its vault was started with last. Raises TlogError for a policy that is none, IntegrityError for one
        of another digest."""
        if not self.policy_text:
            return NOBODY if self.policy == NONE else Witnessing({"policy": self.policy})
        policy = parse_policy(self.policy_text)
        if policy.digest != self.policy:
            raise IntegrityError("a witness policy's digest is not that of its text")
        return witnessing(policy)

    def _pack(self, body: Mapping[str, Any]) -> None:
        pack = read_pack(body["text"])
        if pack.id.value() != {name: body[name] for name in ("name", "version", "sha256")}:
            raise IntegrityError("a pack's name, version or digest is not that of its text")
        self.packs[pack.id.sha256] = (pack.id.name, pack.id.version, body["text"])

