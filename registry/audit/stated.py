"""What a log says of itself on the way: entry 0, its packs, and whose cosignatures its vault waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.errors import IntegrityError
from registry.model.catalogue import KINDS
from registry.model.entries import Entry
from registry.model.kinds import kind_of
from registry.policy import read_pack
from registry.tlog.note import parse_note, parse_verifier

POLICY_SET = "witness-policy-set/1"


class Stated:
    """Takes a log's entries in order; reads the few that speak of the registry itself."""

    def __init__(self) -> None:
        self.genesis: Mapping[str, Any] = {}
        self.packs: dict[str, tuple[str, str, str]] = {}  # by digest: name, version, text
        self.policy, self.policy_text = "none", ""

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
        elif entry.kind == POLICY_SET:
            self.policy, self.policy_text = entry.body["policy"], entry.body.get("text", "")

    def witnesses(self, note: str, vkey: str) -> str | dict[str, Any]:
        """`none`, or the digest of the policy file and whose lines the checkpoint carries (not verified here)."""
        return "none" if self.policy == "none" else {"policy": self.policy, "lines": cosigners(note, vkey)}

    def _pack(self, body: Mapping[str, Any]) -> None:
        pack = read_pack(body["text"])
        if pack.id.value() != {name: body[name] for name in ("name", "version", "sha256")}:
            raise IntegrityError("a pack's name, version or digest is not that of its text")
        self.packs[pack.id.sha256] = (pack.id.name, pack.id.version, body["text"])


def cosigners(note: str, vkey: str) -> list[str]:
    """Names on the signature lines of a note that are not the log's own."""
    key = parse_verifier(vkey)
    return [one.name for one in parse_note(note).signatures if (one.name, one.key_id) != (key.name, key.key_id)]
