"""The floor: the least a Flask route can do that answers from a database. One indexed SELECT, one INSERT, one COMMIT.

Served exactly as the product is (granian, WSGI, the same workers and threads; SQLite WAL, synchronous=FULL), so that
a ratio to it says what the product's work costs and nothing about the machine.
"""

from __future__ import annotations

import os
import secrets

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, create_engine, event, insert, select

METADATA = MetaData()
ROWS = Table(
    "rows", METADATA, Column("id", Integer, primary_key=True), Column("key", String(32)), Column("value", String),
)
Index("rows_by_key", ROWS.c.key)
ASKED = Table(
    "asked", METADATA, Column("id", Integer, primary_key=True), Column("key", String(32)), Column("by", String),
)


def _durable(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def create_app(path: str) -> Flask:
    """The bare application on the database that `fill` made at `path`."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
    db = SQLAlchemy(app, metadata=METADATA)
    with app.app_context():
        event.listen(db.engine, "connect", _durable)

    @app.post("/floor")
    def floor() -> tuple[dict[str, str], int]:
        body = request.get_json()
        row = db.session.execute(select(ROWS.c.value).where(ROWS.c.key == body["account"])).first()
        db.session.execute(insert(ASKED).values(key=body["account"], by="bench"))
        db.session.commit()
        return {"value": row[0] if row else ""}, 201

    return app


def fill(path: str) -> None:
    """Makes the database at `path`, once, before workers open it."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _durable)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        rows = [{"key": secrets.token_hex(16), "value": "x" * 200} for _ in range(20_000)]
        connection.execute(insert(ROWS), rows)
    engine.dispose()


if "FLOOR_DATABASE" in os.environ:
    app = create_app(os.environ["FLOOR_DATABASE"])
