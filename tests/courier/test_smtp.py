"""Mail over a real socket: encrypted and verified, refused for good or for now, slow, dying."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from registry.courier.delivery_settings import Email, Server
from registry.courier.outbox import Message, MessageRefusedError, NoAnswerError
from registry.courier.smtp import SmtpTransport, mail_of
from registry.errors import UnavailableError
from tests.courier.carriers import HOST, Authority, MailServer, authority, free_port, mail_server
from tests.courier.world import START

TEXT = "小明您好：" + "请与示例机构联系，" * 60 + "代码 123456"
MESSAGE = Message(id="ab" * 16, at=START, medium="email", to="reader+a=b@demo.invalid",
                  template="borrower-notice", language="zh", text=TEXT)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("trusted"))


def settings(
    port: int, *, tls: bool = False, starttls: bool = False, trust: Authority | None = None, user: str = "",
    counts: bool = False,
) -> Email:
    server = Server(HOST, port, tls, user=user, password="secret" if user else "",
                    ca_file=None if trust is None else trust.ca_file)
    return Email(server, starttls, "notices@registry.demo.invalid", "answers@registry.demo.invalid", counts)


def test_a_mail_arrives_whole_and_names_the_reader_only_where_it_must() -> None:
    with mail_server(MailServer()) as server:
        assert SmtpTransport(settings(server.port)).send(MESSAGE) is None
    [one] = server.taken
    assert (one.sender, one.to, one.text) == ("notices@registry.demo.invalid", MESSAGE.to, TEXT)
    headers = dict(one.mail.items())
    assert headers.pop("To") == MESSAGE.to
    assert headers["Message-ID"] == f"<{MESSAGE.id}@registry.demo.invalid>"
    assert headers["Reply-To"] == "answers@registry.demo.invalid"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert one.mail.get_content_type() == "text/plain"
    assert one.mail.get_content_charset() == "utf-8"
    for value in headers.values():
        assert not any(personal in value for personal in ("小明", "123456", "示例", "reader"))


def test_a_mail_is_the_same_bytes_whenever_it_is_made() -> None:
    assert mail_of(MESSAGE, settings(25)) == mail_of(MESSAGE, settings(25))
    assert all(len(line) <= 998 for line in mail_of(MESSAGE, settings(25)).split(b"\r\n"))
    assert b"\n" not in mail_of(MESSAGE, settings(25)).replace(b"\r\n", b"")


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_an_encrypted_mail_arrives_with_a_login(trusted: Authority, how: str) -> None:
    with mail_server(MailServer(), **{how: trusted.context}) as server:
        SmtpTransport(settings(server.port, tls=how == "tls", starttls=how == "starttls", trust=trusted,
                               user="courier")).send(MESSAGE)
    [one] = server.taken
    assert (one.encrypted, one.user, one.text) == (True, "courier", TEXT)


@pytest.mark.parametrize("how", ["starttls", "tls"])
@pytest.mark.parametrize("doubt", ["unknown authority", "other host"])
def test_nothing_is_said_to_a_server_that_cannot_prove_who_it_is(
    trusted: Authority, tmp_path: Path, how: str, doubt: str,
) -> None:
    other = authority(tmp_path / "other", "127.0.0.9" if doubt == "other host" else HOST)
    trust = other if doubt == "other host" else trusted
    with mail_server(MailServer(), **{how: other.context}) as server:
        transport = SmtpTransport(settings(server.port, tls=how == "tls", starttls=how == "starttls", trust=trust))
        with pytest.raises(UnavailableError) as caught:
            transport.send(MESSAGE)
    assert caught.value.code == "transport-unavailable"
    assert server.taken == []


def test_a_server_without_starttls_is_given_nothing_in_clear() -> None:
    with mail_server(MailServer()) as server, pytest.raises(UnavailableError):
        SmtpTransport(settings(server.port, starttls=True)).send(MESSAGE)
    assert server.taken == []


def test_a_wrong_password_is_ours_to_mend_and_refuses_no_message(trusted: Authority) -> None:
    with mail_server(MailServer(), tls=trusted.context) as server:
        wrong = settings(server.port, tls=True, trust=trusted, user="somebody")
        with pytest.raises(UnavailableError):
            SmtpTransport(wrong).send(MESSAGE)
    assert server.taken == []


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("reply", "error"), [
    ("550 no such reader reader@demo.invalid", MessageRefusedError), ("554 no", MessageRefusedError),
    ("421 too busy", UnavailableError), ("451 later", UnavailableError), ("452 full", UnavailableError),
    ("530 log in first", UnavailableError),
])
def test_a_refusal_is_for_good_or_for_now_and_its_words_go_nowhere(
    stage: str, reply: str, error: type[Exception],
) -> None:
    with mail_server(MailServer(replies={stage: reply})) as server, pytest.raises(error) as caught:
        SmtpTransport(settings(server.port)).send(MESSAGE)
    assert type(caught.value) is error
    assert "demo.invalid" not in str(caught.value)
    assert server.taken == []


@pytest.mark.parametrize(("stage", "error"), [
    ("MAIL", UnavailableError), ("RCPT", UnavailableError), ("DATA", NoAnswerError),
])
def test_of_a_slow_server_it_is_known_whether_it_may_have_the_mail(stage: str, error: type[Exception]) -> None:
    with mail_server(MailServer(delays={stage: 1.0})) as server, pytest.raises(error) as caught:
        SmtpTransport(settings(server.port), patience=0.2).send(MESSAGE)
    assert type(caught.value) is error


def test_nobody_listening_means_try_again() -> None:
    with pytest.raises(UnavailableError) as caught:
        SmtpTransport(settings(free_port())).send(MESSAGE)
    assert caught.value.code == "transport-unavailable"


@contextmanager
def dying(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that plays a script on one connection and is gone."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(1)

        def play() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                script(connection)

        thread = threading.Thread(target=play, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(5)


def talk(*answers: bytes) -> Callable[[socket.socket], None]:
    """Greets, answers line by line, then hangs up. After `354` it reads to the end of the text."""
    def play(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            for answer in answers:
                line = lines.readline()
                while answer.startswith(b"hang") and line not in (b".\r\n", b""):
                    line = lines.readline()
                if answer.startswith(b"hang"):
                    return
                connection.sendall(answer + b"\r\n")
    return play


@pytest.mark.parametrize(("answers", "error"), [
    ((), UnavailableError),
    ((b"250 hello", b"250 mail"), UnavailableError),
    ((b"250 hello", b"250 mail", b"250 rcpt", b"354 go on", b"hang up"), NoAnswerError),
    ((b"250 hello", b"250 mail", b"250 rcpt", b"what?"), UnavailableError),
    ((b"\xff\xff\xff",), UnavailableError),
])
def test_a_server_that_dies_or_babbles_loses_no_message(answers: tuple[bytes, ...], error: type[Exception]) -> None:
    with dying(talk(*answers)) as port, pytest.raises(error) as caught:
        SmtpTransport(settings(port), patience=2).send(MESSAGE)
    assert type(caught.value) is error


def test_a_server_that_goes_right_after_its_250_has_the_mail() -> None:
    def play(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            for answer in (b"250 hello", b"250 mail", b"250 rcpt", b"354 go on"):
                lines.readline()
                connection.sendall(answer + b"\r\n")
            while lines.readline() != b".\r\n":
                pass
            connection.sendall(b"250 ok\r\n")

    with dying(play) as port:
        assert SmtpTransport(settings(port), patience=2).send(MESSAGE) is None


def test_reports_are_asked_for_where_the_server_offers_them() -> None:
    with mail_server(MailServer(reports=True)) as server:
        SmtpTransport(settings(server.port)).send(MESSAGE)
    [one] = server.taken
    assert set(one.asked) == {
        "RET=HDRS", f"ENVID={MESSAGE.id}", "NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;reader+2Ba+3Db@demo.invalid"}


@pytest.mark.parametrize(("counts", "receipt"), [(False, None), (True, "delivered")])
def test_what_the_server_took_is_delivered_only_where_the_settings_say_so(counts: bool, receipt: str | None) -> None:
    with mail_server(MailServer()) as server:
        assert SmtpTransport(settings(server.port, counts=counts)).send(MESSAGE) == receipt


def test_smtp_cannot_be_asked_what_it_has() -> None:
    assert SmtpTransport(settings(25)).asked(MESSAGE.id, "email") is None
