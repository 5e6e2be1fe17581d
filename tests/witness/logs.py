"""A log of our own to show to witnesses: any size, any past, and a second past if a test wants to lie."""

from __future__ import annotations

from collections.abc import Callable

from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.note import NoteSigner, Verifier, encode_base64, verifier_of
from registry.tlog.tree import Node, consistency_proof, leaf_hash, node_hash, root_of
from tests.tlog.test_note import Key


class ShownLog:
    """Leaf n is `<history>-<n>` from `differs` on, and the same in every history before."""

    def __init__(self, key: NoteSigner | None = None, history: str = "one", differs: int = 0) -> None:
        self.key = key or Key()
        self._history, self._differs = history, differs
        self._nodes: dict[tuple[int, int], bytes] = {}

    @property
    def origin(self) -> str:
        return self.key.name

    @property
    def verifier(self) -> Verifier:
        return verifier_of(self.key)

    def checkpoint(self, size: int) -> Checkpoint:
        """The tree of this size."""
        return Checkpoint(self.origin, size, root_of(self._node, size))

    def note(self, size: int) -> str:
        """Its signed note."""
        return sign_checkpoint(self.checkpoint(size), self.key)

    def proof(self, old: int, size: int) -> list[bytes]:
        """RFC 6962 2.1.2."""
        return consistency_proof(self._node, old, size)

    def request(self, old: int, size: int) -> bytes:
        """What is posted to grow from one size to another."""
        return body(old, self.proof(old, size) if old <= size else [], self.note(size))

    @property
    def _node(self) -> Node:
        return self._hash

    def _hash(self, level: int, n: int) -> bytes:
        if (level, n) not in self._nodes:
            self._nodes[level, n] = (
                leaf_hash(f"{self._history if n >= self._differs else 'one'}-{n}".encode()) if level == 0
                else node_hash(self._hash(level - 1, 2 * n), self._hash(level - 1, 2 * n + 1)))
        return self._nodes[level, n]


def body(old: int | str, proof: list[bytes], note: str) -> bytes:
    """A request, well-formed or not."""
    lines = [f"old {old}", *map(encode_base64, proof), "", note]
    return "\n".join(lines).encode()


Clock = Callable[[], int]
