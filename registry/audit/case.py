"""The evidence of one lookup from the log alone: what the vault would sign, made by whoever holds the log.

It is not signed: the checkpoint vouches for the entries, and everything else follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.audit.judging import judged
from registry.audit.quorum import Demand
from registry.audit.reader import Pinned, Progress, Reader, no_progress
from registry.audit.replay import Memory
from registry.audit.stated import Stated
from registry.audit.verify import verified_leaves
from registry.casefile.attempts import weighed
from registry.casefile.collecting import belonging, is_erased, others_on
from registry.casefile.contents import Case, files_of
from registry.casefile.plain import plain
from registry.errors import ConsentryError, IntegrityError, NotFoundError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry, entry_of, leaf
from registry.policy import OutcomeTable, gather
from registry.tlog.checkpoint import open_checkpoint
from registry.tlog.note import parse_verifier
from registry.tlog.proof import format_proof, verify_proof
from registry.tlog.tiles import WIDTH, Tile, node_reader, split_hashes
from registry.tlog.tree import Node, inclusion_proof

MADE: Mapping[str, Any] = {"by": {"role": "auditor"}, "from": "the log alone"}


def case_files(
    reader: Reader, vkey: str, lookup: str, tables: Sequence[OutcomeTable], progress: Progress = no_progress,
    *, demand: Demand | None = None,
) -> tuple[dict[str, bytes], bool]:
    """The package's files, and whether the decision made again is the one that was logged.

    Verifies and replays the whole log on the way, cosignatures too where they are demanded. Raises TlogError or
    NotFoundError where it does not hold together, or holds no such lookup; IntegrityError at the first lie that is
    not this decision itself.
    """
    pinned, verifier = Pinned(reader), parse_verifier(vkey)
    walk = _Walk(lookup, Memory(tables))
    for index, data in enumerate(verified_leaves(pinned, vkey, None, progress, demand)):
        walk.take(index, data)
    if walk.decided is None:
        raise NotFoundError("no entry of this log decides a lookup of that id")
    found = walk.case(vkey, pinned.checkpoint().decode("utf-8"))
    size = open_checkpoint(found.checkpoint, verifier).size
    node = _nodes(pinned, size)
    for one in found.entries:
        data = leaf(one.draft, one.at)
        proof = format_proof(one.index, inclusion_proof(node, one.index, size), found.checkpoint)
        verify_proof(proof, data, verifier)
        walk.leaves[one.index], walk.proofs[one.index] = data, proof
    return files_of(found, signed=False), found.agrees


@dataclass(slots=True)
class _Walk:
    """One walk through the log: replays it, and keeps what the case needs."""

    lookup: str
    memory: Memory
    stated: Stated = field(default_factory=Stated)
    genesis: Entry | None = None
    decided: Entry | None = None
    judged: dict[str, Any] = field(default_factory=dict)
    later: list[Entry] = field(default_factory=list)
    leaves: dict[int, bytes] = field(default_factory=dict)
    proofs: dict[int, str] = field(default_factory=dict)

    def take(self, index: int, data: bytes) -> None:
        """The next leaf. Raises IntegrityError at a lie."""
        entry = entry_of(index, data)
        decision = entry.kind in DECIDED and entry.id == self.lookup
        if decision:
            self.decided = entry
            self._judge(entry)
        elif self.decided is not None and self.lookup.encode() in data:
            self.later.append(entry)
        self.stated.take(entry)
        self.genesis = entry if index == 0 else self.genesis
        try:
            self.memory.take(index, data)
        except (ConsentryError, KeyError) as error:
            if not decision:
                why = error.detail if isinstance(error, ConsentryError) else f"lacks {error}"
                raise IntegrityError(f"entry {index}: {why}") from error
            self.judged["agrees"] = False

    def _judge(self, entry: Entry) -> None:
        body = entry.body
        history = gather(self.memory, body["account"])
        offsets = {one["zone"]: one["minutes"] for one in body["offsets"]}
        facts, decision = judged(self.memory, history, body, entry.at, offsets)
        self.judged = {
            "facts": plain(facts), **weighed(facts, decision.params), "others": others_on(entry, history),
            "verdict": "deny" if body["system"] else decision.verdict, "agrees": True,
        }

    def case(self, vkey: str, note: str) -> Case:
        """The case; `leaves` and `proofs` are still to be filled in."""
        assert self.decided is not None
        assert self.genesis is not None
        body, directory = self.decided.body, self.memory.directory
        people = [body[name] for name in ("borrower", "contact") if name in body]
        filed = self.memory.filed.whole(people[0]) if people else []
        entries = [self.genesis, *belonging(self.decided, filed, self.later)]
        packs = [self.stated.packs[one["sha256"]] for one in body["packs"] if one["sha256"] in self.stated.packs]
        named = {value for one in entries for value in (*one.body.values(), one.by.id) if isinstance(value, str)}
        return Case(
            origin=directory.origin, vkey=vkey, decided=self.decided, entries=entries, leaves=self.leaves,
            proofs=self.proofs, checkpoint=note, witnesses=self.stated.witnesses(), **self.judged,
            judged_by="auditor", packs={(name, version): text for name, version, text in packs},
            names={ident: one.name for ident, one in directory.parties.items() if ident in named},
            read_through=directory.size, erased=is_erased(filed, people), opened={}, made=MADE,
        )


def _nodes(reader: Reader, size: int) -> Node:
    """Hashes of the tree from its tiles, each tile read once."""
    read: dict[tuple[int, int], list[bytes]] = {}

    def tile(level: int, n: int) -> Sequence[bytes]:
        if (level, n) not in read:
            width = min(WIDTH, (size >> (8 * level)) - n * WIDTH)
            read[level, n] = split_hashes(reader.tile(Tile(level, n, width)), width)
        return read[level, n]

    return node_reader(tile)
