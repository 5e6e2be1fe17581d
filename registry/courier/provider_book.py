"""What is known of providers: from the log who they are, from the web tier the secret that an officer pinned."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from registry.courier.schema import accepted_gaps, providers, refused, secrets, seqs
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry

KEEP_REFUSED = 100
# Told once, by the newest: an account that reports every step of a call must not hide what is worth reading.
TOLD_ONCE = frozenset(("event-type-unused",))


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider account: `public_key` (base64url), or `commitment`, which pins its secret. `adapter`: its kind."""

    id: str
    name: str
    grade: str
    commitment: str | None
    public_key: str | None
    adapter: str
    suspended: bool = False


def fold(db: Connection, entry: Entry) -> None:
    """Takes in one entry of the log, if it is about providers. Folding twice changes nothing."""
    body = entry.body
    if entry.kind == "provider-registered/1":
        row = {"provider": body["provider"], "name": body["name"], "grade": body["grade"],
               "commitment": body.get("secret_commitment"), "public_key": body.get("public_key"),
               "entry_index": entry.index, "adapter": body["adapter"]}
        db.execute(insert(providers).values(row).on_conflict_do_nothing())
    elif entry.kind == "provider-gap-accepted/1":
        gap = {name: body[name] for name in ("provider", "from_seq", "through_seq")}
        db.execute(insert(accepted_gaps).values(gap).on_conflict_do_nothing())
    elif entry.kind in ATTEMPTS:
        # What the log has is true, also after courier.db was lost.
        row = {"provider": body["provider"], "seq": body["seq"], "attempt": body["attempt"]}
        db.execute(insert(seqs).values(row).on_conflict_do_nothing())


def find(db: Connection, name: str) -> Provider | None:
    """The provider of that name (the newest, should a name have been used again) or id."""
    row = db.execute(
        select(providers).where(or_(providers.c.name == name, providers.c.provider == name))
        .order_by(providers.c.entry_index.desc()).limit(1)
    ).mappings().first()
    if row is None:
        return None
    suspended, resumed = row["suspended_index"], row["resumed_index"]
    return Provider(row["provider"], row["name"], row["grade"], row["commitment"], row["public_key"],
                    row["adapter"], suspended is not None and (resumed is None or suspended > resumed))


def commitment_of(secret: str, salt: bytes) -> str:
    """How an officer's entry pins a secret: SHA-256 over 32 random bytes and the secret's text."""
    return hashlib.sha256(salt + secret.encode("utf-8")).hexdigest()


def keep_secret(db: Connection, provider: str, secret: str, salt: bytes) -> None:
    """Remembers a secret under the provider's id or name; whether it is the right one shows in `secret_of`."""
    values = {"secret": secret, "salt": salt.hex()}
    statement = insert(secrets).values(provider=provider, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["provider"], set_=values))


Brought = tuple[str, str]  # a provider's id or name, and the salt that came with the secret


def unclaimed(db: Connection) -> list[Brought]:
    """The secrets of whom no entry that was followed registers."""
    known = select(providers.c.provider).union(select(providers.c.name))
    rows = db.execute(select(secrets.c.provider, secrets.c.salt).where(secrets.c.provider.not_in(known)))
    return [(row.provider, row.salt) for row in rows]


def forget_secret(db: Connection, one: Brought) -> None:
    """Deletes one secret; one that was brought since with another salt stays."""
    db.execute(delete(secrets).where(secrets.c.provider == one[0], secrets.c.salt == one[1]))


def secret_of(db: Connection, provider: Provider) -> str | None:
    """The secret that opens the commitment in the provider's entry; None while there is none."""
    if provider.commitment is None:
        return None
    rows = db.execute(
        select(secrets.c.secret, secrets.c.salt).where(secrets.c.provider.in_((provider.id, provider.name)))
    )
    for secret, salt in rows:
        if hmac.compare_digest(commitment_of(secret, bytes.fromhex(salt)), provider.commitment):
            return str(secret)
    return None


def refuse(  # noqa: PLR0917 - the sixth is rarely given
    db: Connection, provider: str, webhook_id: str, why: str, wall: int, rows: Sequence[int] = (), *,
    member: str | None = None,
) -> None:
    """Notes why a callback, or some `rows` of it, prove nothing. The newest hundred a provider are kept: strangers
    may post. `member`: where in the event, as a JSON pointer of names that we know."""
    row = {"provider": provider, "webhook_id": webhook_id, "why": why, "wall": wall,
           "rows": ",".join(str(one) for one in rows) or None, "member": member}
    if why in TOLD_ONCE:
        db.execute(delete(refused).where(refused.c.provider == provider, refused.c.why == why))
    db.execute(insert(refused).values(row).on_conflict_do_nothing())
    last = db.execute(
        select(refused.c.n).where(refused.c.provider == provider)
        .order_by(refused.c.n.desc()).offset(KEEP_REFUSED).limit(1)
    ).scalar()
    if last is not None:
        db.execute(delete(refused).where(refused.c.provider == provider, refused.c.n <= last))


def status(db: Connection, provider: Provider) -> dict[str, Any]:
    """`next_seq`, open `gaps`, and the `refused` callbacks, oldest first."""
    highest = db.execute(select(func.max(seqs.c.seq)).where(seqs.c.provider == provider.id)).scalar() or 0
    rows = db.execute(
        select(refused.c.webhook_id, refused.c.why, refused.c.rows, refused.c.member)
        .where(refused.c.provider == provider.id).order_by(refused.c.n)
    )
    return {
        "next_seq": highest + 1,
        "gaps": [{"from_seq": first, "through_seq": last} for first, last in _gaps(db, provider.id)],
        "refused": [
            {"webhook_id": webhook_id, "why": why} | ({"rows": [int(one) for one in told.split(",")]} if told else {})
            | ({"member": member} if member else {})
            for webhook_id, why, told, member in rows
        ],
    }


def _gaps(db: Connection, provider: str) -> Iterator[tuple[int, int]]:
    before = func.lag(seqs.c.seq, 1, 0).over(order_by=seqs.c.seq)
    pairs = select(before.label("low"), seqs.c.seq.label("high")).where(seqs.c.provider == provider).subquery()
    missing = [(low + 1, high - 1) for low, high in db.execute(
        select(pairs.c.low, pairs.c.high).where(pairs.c.high - pairs.c.low > 1).order_by(pairs.c.high)
    )]
    accepted = sorted(
        (first, last) for first, last in db.execute(
            select(accepted_gaps.c.from_seq, accepted_gaps.c.through_seq)
            .where(accepted_gaps.c.provider == provider))
    )
    for first, last in missing:
        start = first
        for low, high in accepted:
            if high < start or low > last:
                continue
            if low > start:
                yield start, low - 1
            start = high + 1
        if start <= last:
            yield start, last
