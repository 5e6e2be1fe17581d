"""What an op is: a name, the shape of its arguments, and a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import MalformedError, NotFoundError
from registry.model.shapes import Fields, Optional, check_fields
from registry.vault.arguments import IDEM, Args
from registry.vault.desk import Answer, Desk

Read = Callable[[Desk, Args], dict[str, Any]]
Write = Callable[[Desk, Args, int], Answer]
Again = Callable[[Desk, Args, int, dict[str, Any]], Answer]


def _never(args: Args) -> bool:
    return False


def always(args: Args) -> bool:
    """For ops that can only tighten."""
    return True


@dataclass(frozen=True, slots=True)
class Op:
    """One op. Either `read`, run after the round's commit and seeing only what is published, or `write`.

    `again` answers a repeated idempotency key from what was remembered; without it the remembered answer is given.
    `before` runs ahead of the round's stamp. `restricts` tells requests that back-pressure never refuses.
    """

    fields: Fields
    read: Read | None = None
    write: Write | None = None
    again: Again | None = None
    before: Callable[[Desk, Args], None] | None = None
    restricts: Callable[[Args], bool] = _never

    def check(self, args: Args) -> None:
        """Raises MalformedError unless the arguments have exactly this op's shape."""
        check_fields(self.fields, args)


Ops = Mapping[str, Op]

IDEMPOTENT: dict[str, Optional] = {"idem": Optional(IDEM)}


def op_of(ops: Ops, name: str, args: Args) -> Op:
    """The op of this name, its arguments checked. Raises NotFoundError `op-unknown`, MalformedError."""
    op = ops.get(name)
    if op is None:
        raise NotFoundError("no such op", code="op-unknown")
    try:
        op.check(args)
    except RecursionError as error:
        raise MalformedError("the arguments are nested too deep") from error
    return op
