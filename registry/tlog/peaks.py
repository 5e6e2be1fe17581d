"""The complete subtrees that cover the leaves seen so far: all a reader must remember to know the root."""

from __future__ import annotations

from collections.abc import Iterable

from registry.tlog.tree import EMPTY_ROOT, node_hash


class Peaks:
    """Grows by whole subtrees from the left; costs one hash for each two subtrees joined."""

    def __init__(self, peaks: Iterable[tuple[int, bytes]] = ()) -> None:
        self._peaks: list[tuple[int, bytes]] = list(peaks)

    def add(self, level: int, value: bytes) -> None:
        """Appends a complete subtree of 2^level leaves. The size so far must be a multiple of 2^level."""
        while self._peaks and self._peaks[-1][0] == level:
            value = node_hash(self._peaks.pop()[1], value)
            level += 1
        self._peaks.append((level, value))

    def root(self, more: Iterable[bytes] = ()) -> bytes:
        """The root over what was added and, without keeping them, over the leaf hashes `more`."""
        peaks = Peaks(self._peaks)
        for value in more:
            peaks.add(0, value)
        if not peaks._peaks:
            return EMPTY_ROOT
        (_, root), *others = reversed(peaks._peaks)
        for _, left in others:
            root = node_hash(left, root)
        return root
