"""A mailbox by IMAP over TLS, from a server that speaks as much of RFC 3501 as is needed."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from registry.courier.delivery_settings import Mailbox, Server
from registry.courier.mailbox import open_mails
from registry.errors import UnavailableError
from tests.courier.carriers import HOST, Authority, authority
from tests.courier.world import Killed, World, killed_at

MAIL = b"From: borrower@demo.invalid\r\nMessage-ID: <%d@x>\r\n\r\nHere I am.\r\n"


@dataclass(slots=True)
class ImapServer:
    """One INBOX of mails by uid."""

    port: int = 0
    mails: dict[int, bytes] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    def answer(self, command: str) -> tuple[list[bytes], str]:
        """Untagged lines and how it ended."""
        found = re.match(r"UID (FETCH|STORE) (\d+) ", command)
        if command.startswith("LOGIN"):
            return [], "OK" if command == 'LOGIN courier "secret"' else "NO"
        if command.startswith("UID SEARCH"):
            return [b"* SEARCH " + " ".join(map(str, sorted(set(self.mails) - self.deleted))).encode()], "OK"
        if found and found[1] == "FETCH":
            mail = self.mails[int(found[2])]
            return [b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)" % (found[2].encode(), len(mail), mail)], "OK"
        if found:
            self.deleted.add(int(found[2]))
        if command == "EXPUNGE":
            for uid in self.deleted:
                self.mails.pop(uid, None)
        untagged = {"CAPABILITY": b"* CAPABILITY IMAP4rev1", "LOGOUT": b"* BYE", "SELECT INBOX": b"* 1 EXISTS"}
        return [untagged[command]] if command in untagged else [], "OK"

    def talk(self, stream: BinaryIO) -> None:
        stream.write(b"* OK ready\r\n")
        stream.flush()
        for line in stream:
            tag, _, command = line.decode("ascii").strip().partition(" ")
            untagged, ended = self.answer(command)
            stream.write(b"".join(one + b"\r\n" for one in untagged) + f"{tag} {ended} done\r\n".encode())
            stream.flush()


@contextmanager
def served(server: ImapServer, context: ssl.SSLContext) -> Iterator[ImapServer]:
    with socket.create_server((HOST, 0)) as listening:
        server.port = listening.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    raw, _ = listening.accept()
                    with suppress(OSError), context.wrap_socket(raw, server_side=True) as connection, \
                            connection.makefile("rwb") as stream:
                        server.talk(stream)  # type: ignore[arg-type]

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("imap"))


@pytest.fixture
def server(trusted: Authority) -> Iterator[ImapServer]:
    made = ImapServer(mails={number: MAIL % number for number in (3, 5, 8)})
    with served(made, trusted.context):
        yield made


def box(server: ImapServer, trust: Authority, password: str = "secret") -> Mailbox:
    return Mailbox(None, Server(HOST, server.port, True, user="courier", password=password, ca_file=trust.ca_file))


def test_mails_are_fetched_settled_and_deleted(world: World, server: ImapServer, trusted: Authority) -> None:
    with open_mails(box(server, trusted)) as mails:
        assert world.courier.read_mails(mails) == 3
    assert len(world.vault.replies) == 3
    assert server.mails == {}


def test_what_was_not_settled_is_left_and_fetched_again(
    world: World, server: ImapServer, trusted: Authority,
) -> None:
    world.vault.after = killed_at("reply")
    with pytest.raises(Killed), open_mails(box(server, trusted)) as mails:
        world.courier.read_mails(mails)
    assert len(server.mails) == 3
    world.restart()
    with open_mails(box(server, trusted)) as mails:
        world.courier.read_mails(mails)
    assert len(world.vault.replies) == 3
    assert server.mails == {}


def test_a_wrong_password_or_an_unproven_server_means_try_again(
    world: World, server: ImapServer, trusted: Authority, tmp_path: Path,
) -> None:
    for settings in (box(server, trusted, "wrong"), box(server, authority(tmp_path / "other"))):
        with pytest.raises(UnavailableError) as caught, open_mails(settings) as mails:
            world.courier.read_mails(mails)
        assert caught.value.code == "mailbox-unavailable"
    assert len(server.mails) == 3
