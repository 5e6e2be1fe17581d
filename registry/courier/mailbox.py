"""The mailbox that our messages' answers come to: a Maildir that a mail server fills, or IMAP over TLS.

A mail is deleted only once the vault has what it says; whatever comes in between, it is read again, and changes
nothing the second time. Mails that say nothing to us are deleted too: the mailbox is for this alone.
"""

from __future__ import annotations

import imaplib
import mailbox
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from registry.courier.delivery_settings import Mailbox, Server
from registry.courier.tls import context_of
from registry.errors import UnavailableError

MOST_AT_ONCE = 100
# What is beyond is attachments: nothing that we read is in them.
MOST_BYTES = 1024 * 1024
PATIENCE = 30.0  # seconds


class Mails(Protocol):
    """Mails that wait. `waiting` gives at most a hundred as (key, raw bytes); `forget` deletes one for good."""

    def waiting(self) -> Iterator[tuple[str, bytes]]: ...

    def forget(self, key: str) -> None: ...


class MaildirMails:
    """A Maildir: files that appear whole in `new`, or in `cur` if a reader looked at them."""

    def __init__(self, folder: Path) -> None:
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(mode=0o700, exist_ok=True)
        self._mails = mailbox.Maildir(str(folder))

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        for key in sorted(self._mails.iterkeys())[:MOST_AT_ONCE]:
            with suppress(KeyError, FileNotFoundError), self._mails.get_file(key) as file:
                yield key, file.read(MOST_BYTES)

    def forget(self, key: str) -> None:
        self._mails.discard(key)


class ImapMails:
    """One pass over an INBOX; a session lives no longer than the pass."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        _, found = self._connection.uid("SEARCH", "UNDELETED")
        for uid in (found[0] or b"").split()[:MOST_AT_ONCE]:
            _, parts = self._connection.uid("FETCH", uid.decode("ascii"), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
            for part in parts:
                if isinstance(part, tuple):
                    yield uid.decode("ascii"), bytes(part[1])

    def forget(self, key: str) -> None:
        self._connection.uid("STORE", key, "+FLAGS.SILENT", "(\\Deleted)")
        self._connection.expunge()


@contextmanager
def open_mails(settings: Mailbox) -> Iterator[Mails]:
    """The mailbox for one pass. Raises UnavailableError `mailbox-unavailable`."""
    try:
        if settings.maildir is not None:
            yield MaildirMails(settings.maildir)
        elif settings.imap is not None:
            with _logged_in(settings.imap) as connection:
                yield ImapMails(connection)
    except (OSError, imaplib.IMAP4.error) as error:
        raise UnavailableError("the mailbox cannot be read now", code="mailbox-unavailable") from error


@contextmanager
def _logged_in(server: Server) -> Iterator[imaplib.IMAP4]:
    connection = imaplib.IMAP4_SSL(
        server.host, server.port, ssl_context=context_of(server), timeout=PATIENCE)
    try:
        connection.login(server.user, server.password)
        connection.select("INBOX")
        yield connection
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            connection.logout()
