"""Writes of a block that become one commit, on either engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import ConsentryError, IntegrityError


class Grouped(ABC):
    """The part of a `KeyStore` that groups writes. `losses`: see there."""

    def __init__(self) -> None:
        self._grouped = self._wrote = False
        self.losses = 0

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        if self._grouped:
            yield
            return
        self._grouped = True
        try:
            yield
        except BaseException as error:
            self._grouped = False
            try:
                self._commit()
            except ConsentryError:
                # A refusal is not told where what it wrote down, a try at a code above all, is lost. All else that
                # ends a group says more than what its commit met.
                if isinstance(error, ConsentryError) and not isinstance(error, IntegrityError):
                    raise
            raise
        self._grouped = False
        self._commit()

    @abstractmethod
    def _commit(self) -> None:
        """Commits what the group wrote, if anything. Raises UnavailableError and counts a loss."""
