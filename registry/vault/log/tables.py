"""The tables of the vault's log. Ids are their 16 bytes; times are milliseconds UTC.

`leaves` is the log. `tiles` and `head` are computed from it; `history` and `accounts` are copies of parts of it,
filed so that a decision reads one range. `state` is what was folded from the log, kept
so that it need not be folded again. `idempotency` is the only table that forgets. `fence` says who writes
(`fencing.py`); on SQLite the locked guard does.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()
LONG = BigInteger().with_variant(Integer, "sqlite")  # an INTEGER of SQLite holds 64 bits

leaves = Table(
    "leaves", metadata,
    Column("index", LONG, primary_key=True, autoincrement=False),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("at", LONG, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)
history = Table(
    "history", metadata,
    Column("subject", LargeBinary(16), primary_key=True),
    Column("index", LONG, primary_key=True, autoincrement=False),
    Column("at", LONG, nullable=False),
    Column("leaf", LargeBinary, nullable=False),  # or a brief, or its hash (`filing.py`)
    sqlite_with_rowid=False,  # clustered: one subject's entries lie together
)
tiles = Table(
    "tiles", metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", LONG, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),  # up to 256 of 32 bytes; a partial tile is a prefix
    sqlite_with_rowid=False,
)
state = Table(
    "state", metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),  # by the vault's own key: what `memory.py` keeps
)
head = Table(
    "head", metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("size", LONG, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("published", String, nullable=False),  # the last signed checkpoint known when this was written
)
accounts = Table(
    "accounts", metadata,
    Column("account", LargeBinary(16), primary_key=True),
    Column("borrower", LargeBinary(16), nullable=False),
    sqlite_with_rowid=False,
)
idempotency = Table(
    "idempotency", metadata,
    Column("scope", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("wall", LONG, nullable=False),
    # Not clustered by its random keys: an answer is as long as an entry, and rows that go to the end share pages.
)
Index("ix_idempotency_wall", idempotency.c.wall)

fence = Table(
    "fence", metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("epoch", LONG, nullable=False),  # raised by each who takes over
    Column("holder", String, nullable=False),
    Column("beat", LONG, nullable=False),  # changes while the holder lives; 0 when nobody holds the log
)
