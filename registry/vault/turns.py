"""One request's way through a round."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import ConflictError, ConsentryError
from registry.loop import Waiting
from registry.vault.arguments import Args
from registry.vault.desk import Act, Answer
from registry.vault.ops.table import Op

Outcome = dict[str, Any] | ConsentryError
IdemKey = tuple[str, str]


@dataclass(slots=True, eq=False)
class Turn(Waiting):
    """`same`: an earlier one of the round with the same idempotency key. While it waits for the witnesses: `covers`,
    the size that they must have cosigned, and `until`, in seconds of their steady clock."""

    op: Op | None
    args: Args
    idem: IdemKey | None = None
    fingerprint: bytes = b""
    answer: Answer | None = None
    error: ConsentryError | None = None
    same: Turn | None = None
    result: dict[str, Any] | None = None
    act: Act | None = None
    covers: int = 0
    until: float = 0.0

    @property
    def wrote(self) -> bool:
        return self.answer is not None and self.error is None

    @property
    def opens(self) -> bool:
        """Whether its answer takes out an address or a number: not before the quorum. So does who asked the same."""
        if self.same is not None:
            return self.error is None and self.same.opens
        return self.answer is not None and self.error is None and self.answer.opens


def fail(turns: Sequence[Turn], error: ConsentryError) -> None:
    """No writer of the round is answered with a result."""
    for turn in turns:
        if turn.wrote:
            turn.error = error


def check_same(known: bytes, asked: bytes) -> None:
    """Raises ConflictError when an idempotency key comes with another request."""
    if not hmac.compare_digest(known, asked):
        raise ConflictError("this idempotency key was used for another request: draw a new one",
                            code="idempotency-conflict")
