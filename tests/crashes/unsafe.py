"""The vault's command on a database that syncs nothing: what a power cut test must notice. No setting of the product
does this: the connection is changed behind its back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from registry.vault.log import database


def connect(folder: Path) -> Connection:
    """Like the vault's own, but nothing waits for the disk."""
    connection = safe(folder)
    connection.exec_driver_sql("PRAGMA synchronous=OFF")
    return connection


if __name__ == "__main__":
    from registry.cli import main

    safe, database.connect = database.connect, connect
    main()
