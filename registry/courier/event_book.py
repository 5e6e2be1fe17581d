"""What was already reported: messages, attempts and sequence numbers of each provider account.

Every function runs in the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.courier.schema import attempts, seqs, webhooks
from registry.model.times import DAY

# Far longer than the 300 s in which a signature is fresh; behind it the sequence still catches a repeat.
KEEP_WEBHOOKS = 30 * DAY


@dataclass(frozen=True, slots=True)
class Message:
    """A verified message. `webhook` is its id in disguise; `drafts` are the entries that the vault may not have.

    `webhook_id`, the sender's own id, may hold anything: it is known while the message is, and never stored.
    """

    provider: str
    webhook: str
    fingerprint: str
    drafts: tuple[dict[str, Any], ...]
    webhook_id: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call or message, under our own id. `reached` once an event of it was a reach."""

    id: str
    reached: bool


def seen(db: Connection, provider: str, webhook: str) -> Message | None:
    """A message that was verified before."""
    found = _messages(db, select(webhooks).where(webhooks.c.provider == provider, webhooks.c.digest == webhook))
    return found[0] if found else None


_UNSETTLED = select(webhooks).where(webhooks.c.drafts.is_not(None))


def unsettled(db: Connection) -> list[Message]:
    """Messages whose entries the vault may not have, oldest first."""
    return _messages(db, _UNSETTLED)


def _messages(db: Connection, which: Select[Any]) -> list[Message]:
    rows = db.execute(which.order_by(webhooks.c.wall)).mappings()
    return [
        Message(row["provider"], row["digest"], row["fingerprint"], tuple(json.loads(row["drafts"] or "[]")))
        for row in rows
    ]


def remember(db: Connection, message: Message, wall: int) -> None:
    """Keeps a verified message, and forgets messages too old to be replayed."""
    db.execute(insert(webhooks).values(
        provider=message.provider, digest=message.webhook, fingerprint=message.fingerprint, wall=wall))
    db.execute(delete(webhooks).where(webhooks.c.wall < wall - KEEP_WEBHOOKS, webhooks.c.drafts.is_(None)))
    keep_drafts(db, message, message.drafts)


def keep_drafts(db: Connection, message: Message, drafts: Sequence[dict[str, Any]]) -> None:
    """The entries still to be appended; none: the message is settled."""
    db.execute(
        update(webhooks).values(drafts=json.dumps(drafts) if drafts else None)
        .where(webhooks.c.provider == message.provider, webhooks.c.digest == message.webhook)
    )


def waiting(db: Connection, provider: str) -> int:
    """How many verified messages of a provider are not settled."""
    return db.execute(
        select(func.count()).select_from(webhooks)
        .where(webhooks.c.provider == provider, webhooks.c.drafts.is_not(None))
    ).scalar_one()


def attempt_for(db: Connection, provider: str, digest: str, made_id: Callable[[], str]) -> Attempt:
    """Our attempt for a provider's (disguised) id, made if it is new."""
    row = db.execute(
        select(attempts.c.attempt, attempts.c.reached)
        .where(attempts.c.provider == provider, attempts.c.digest == digest)
    ).first()
    if row is not None:
        return Attempt(row.attempt, row.reached)
    made = Attempt(made_id(), reached=False)
    db.execute(insert(attempts).values(provider=provider, digest=digest, attempt=made.id, reached=False))
    return made


def logged(db: Connection, provider: str, digest: str) -> bool:
    """Whether there is an entry of a provider's (disguised) attempt, or one on its way."""
    return db.execute(
        select(attempts.c.attempt).where(attempts.c.provider == provider, attempts.c.digest == digest)
    ).first() is not None


def mark_reached(db: Connection, provider: str, attempt: str) -> None:
    """A reach was reported for this attempt: nothing later about it changes anything."""
    db.execute(update(attempts).values(reached=True)
               .where(attempts.c.provider == provider, attempts.c.attempt == attempt))


def holder_of(db: Connection, provider: str, seq: int) -> str | None:
    """Our id of the attempt that has this sequence number."""
    found = db.execute(select(seqs.c.attempt).where(seqs.c.provider == provider, seqs.c.seq == seq)).scalar()
    return None if found is None else str(found)


def own_seq(db: Connection, provider: str, attempt: str) -> int:
    """The number of an attempt of a provider that does not number: the one it has, or the next."""
    held = db.execute(
        select(func.min(seqs.c.seq)).where(seqs.c.provider == provider, seqs.c.attempt == attempt)).scalar()
    highest = db.execute(select(func.max(seqs.c.seq)).where(seqs.c.provider == provider)).scalar()
    return int(held) if held is not None else int(highest or 0) + 1


def take_seq(db: Connection, provider: str, seq: int, attempt: str) -> None:
    """Gives a sequence number to an attempt; the first holder keeps it."""
    db.execute(insert(seqs).values(provider=provider, seq=seq, attempt=attempt).on_conflict_do_nothing())
