"""Tables that exist only in SQL: nothing here can be rebuilt from the log."""

from __future__ import annotations

from sqlalchemy import Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.database import Base


class SealedValue(Base):
    """A value sealed with its subject's data key. The registering entry holds the blob's digest."""

    __tablename__ = "sealed_values"
    subject: Mapped[str] = mapped_column(primary_key=True)  # a borrower or a contact
    name: Mapped[str] = mapped_column(primary_key=True)  # `name`, `number`, or the id of a channel
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class Ref(Base):
    """A caller's own key for an object, reserved before the vault hears of it."""

    __tablename__ = "refs"
    __table_args__ = (UniqueConstraint("owner", "kind", "ref"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]  # the lender
    kind: Mapped[str]  # borrower, contact or account
    ref: Mapped[str]
    done: Mapped[bool] = mapped_column(default=False)  # the vault has it and its sealed values are stored
    key: Mapped[str | None]  # the Idempotency-Key it was made with


class Token(Base):
    """A client's credential. Only the SHA-256 of the token is kept; times are wall-clock milliseconds."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(index=True)  # the party it speaks for
    role: Mapped[str]
    scopes: Mapped[str]  # separated by spaces
    sha256: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int]
    revoked_at: Mapped[int | None]


class ActDraft(Base):
    """An officer's act between its two steps. `opening` holds the salt behind a commitment, if any, and the vault's
    marks of free words."""

    __tablename__ = "act_drafts"
    __table_args__ = (Index("act_drafts_found_by", "client", "fingerprint"),)
    id: Mapped[str] = mapped_column(primary_key=True)  # the id of the entry
    client: Mapped[str]
    fingerprint: Mapped[str]  # of path and body, free words and secrets left out
    entry: Mapped[str]  # JSON
    opening: Mapped[str]  # JSON
    auth: Mapped[str | None]  # JSON; the signatures with which it was done
    expires_at: Mapped[int]  # wall-clock milliseconds


class ActSignature(Base):
    """One officer's signature over a draft that waits for another's."""

    __tablename__ = "act_signatures"
    draft: Mapped[str] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str]  # JSON: the element of `auth`


class SealedNote(Base):
    """An officer's free words, sealed by the vault; the entry pins them by the commitment."""

    __tablename__ = "sealed_notes"
    commitment: Mapped[str] = mapped_column(primary_key=True)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class WaitingCallback(Base):
    """A provider's raw callback, encrypted to the courier's key before it was committed and acknowledged."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_by_provider", "provider"), Index("inbox_by_age", "counts", "received_at"))
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str]  # its name
    counts: Mapped[bool]  # whether the owner's provider can count: only such an item stops openings when old
    received_at: Mapped[int]  # wall-clock milliseconds
    jwe: Mapped[str]
