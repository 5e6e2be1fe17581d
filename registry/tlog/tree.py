"""The Merkle tree of RFC 6962 section 2.1: hashes, roots, proofs and their verification.

Functions that need stored hashes take a `Node`: `node(level, n)` is the hash of the complete subtree over the
leaves n·2^level up to (n+1)·2^level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from registry.tlog.errors import TlogError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256(00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256(01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(node: Node, size: int) -> bytes:
    """The root over the first `size` leaves."""
    return _range_hash(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """RFC 6962 2.1.1: the hashes beside the path from leaf `index` to the root over `size`, leaf's sibling first.

    Raises TlogError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise TlogError("a proof is about an index below the size")
    return _beside(node, 0, index, size)


def consistency_proof(node: Node, old: int, size: int) -> list[bytes]:
    """RFC 6962 2.1.2: what shows that the tree over `old` leaves is a prefix of the one over `size`.

    Empty when old is 0 or equals size. Raises TlogError unless 0 <= old <= size.
    """
    if not 0 <= old <= size:
        raise TlogError("consistency goes from a smaller size to a larger one")
    if old in (0, size):
        return []
    level, here = 0, old - 1
    while here & 1:
        level, here = level + 1, here >> 1
    # `here` is now the largest complete subtree that ends the old tree. The verifier knows it if it is all of it.
    return [*([] if here == 0 else [node(level, here)]), *_beside(node, level, here, size)]


def _beside(node: Node, level: int, here: int, size: int) -> list[bytes]:
    """The hashes beside the path from a complete subtree up to the root over `size`."""
    found, last = [], (size - 1) >> level
    while last:
        sibling = here ^ 1
        # Every subtree left of the last one is complete; the last may be ragged; beyond it there is nothing.
        if sibling < last:
            found.append(node(level, sibling))
        elif sibling == last:
            found.append(_range_hash(node, sibling << level, size))
        level, here, last = level + 1, here >> 1, last >> 1
    return found


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a proof implies for a leaf hash (RFC 9162 2.1.3.2).

    Raises TlogError on an impossible index, a missing or surplus hash, or a hash of another length.
    """
    if not 0 <= index < size:
        raise TlogError("a proof is about an index below the size")
    _check_hashes(proof)
    rest = iter(proof)
    root, here, last = leaf, index, size - 1
    while last:
        sibling = here ^ 1
        if sibling <= last:
            other = _next(rest)
            root = node_hash(other, root) if here & 1 else node_hash(root, other)
        here, last = here >> 1, last >> 1
    _check_used(rest)
    return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises TlogError unless the leaf hash is at `index` in the tree of that size and root."""
    if root_from_inclusion(leaf, index, size, proof) != root:
        raise TlogError("the inclusion proof does not lead to the root")


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises TlogError unless the old tree is a prefix of the new one (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= size:
        raise TlogError("consistency goes from a smaller size to a larger one")
    _check_hashes(proof)
    if old in (0, size):
        expected = EMPTY_ROOT if old == 0 else root
        if proof or old_root != expected or (size == 0 and root != EMPTY_ROOT):
            raise TlogError("the trees are not consistent")
        return
    rest = iter(proof)
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    older = newer = old_root if here == 0 else _next(rest)
    while last:
        if here & 1:
            other = _next(rest)
            older, newer = node_hash(other, older), node_hash(other, newer)
        elif here < last:
            newer = node_hash(newer, _next(rest))
        here, last = here >> 1, last >> 1
    _check_used(rest)
    if older != old_root or newer != root:
        raise TlogError("the trees are not consistent")


def _range_hash(node: Node, start: int, end: int) -> bytes:
    # `start` is aligned to the largest power of two in the range, so its bits are its complete subtrees.
    rest, level = end - start, 0
    while not rest & 1:
        rest, level = rest >> 1, level + 1
    at = end - (1 << level)
    value = node(level, at >> level)
    while rest := rest >> 1:
        level += 1
        if rest & 1:
            at -= 1 << level
            value = node_hash(node(level, at >> level), value)
    return value


def _check_hashes(proof: Sequence[bytes]) -> None:
    if any(len(one) != HASH_SIZE for one in proof):
        raise TlogError("a hash in a proof is 32 bytes")


def _next(rest: Iterator[bytes]) -> bytes:
    value = next(rest, None)
    if value is None:
        raise TlogError("the proof is too short")
    return value


def _check_used(rest: Iterator[bytes]) -> None:
    if next(rest, None) is not None:
        raise TlogError("the proof has surplus hashes")
