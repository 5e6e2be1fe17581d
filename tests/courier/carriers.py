"""Carriers in the test process, over real sockets: a mail server, an SMS gateway, a throw-away authority for TLS."""

from __future__ import annotations

import asyncio
import datetime
import email
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of one test, and a server's certificate for 127.0.0.1 by it."""

    ca_file: Path
    context: ssl.SSLContext


def authority(folder: Path, host: str = HOST) -> Authority:
    """A new authority, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throw-away")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    now = datetime.datetime.now(datetime.UTC)

    def made(subject: x509.Name, public: Any, extensions: list[tuple[x509.ExtensionType, bool]]) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(ca_name).public_key(public)
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(ca_key, hashes.SHA256())

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    ca = made(ca_name, ca_key.public_key(), [
        (x509.BasicConstraints(ca=True, path_length=None), True), (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), False)])
    certificate = made(name, key.public_key(), [
        (x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False)])
    ca_file, own = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    own.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    return Authority(ca_file, context)


@dataclass(slots=True)
class Mailed:
    """One mail that the server took."""

    sender: str
    to: str
    mail: EmailMessage
    asked: list[str]
    encrypted: bool
    user: str | None

    @property
    def id(self) -> str:
        """The id in Message-ID."""
        return str(self.mail["Message-ID"])[1:33]

    @property
    def text(self) -> str:
        return str(self.mail.get_content()).strip()


@dataclass(slots=True)
class MailServer:
    """A mail server. `replies` answers a stage ("MAIL", "RCPT", "DATA") otherwise than with 250; `before_250` runs
    when it has the mail and has not said so."""

    port: int = 0
    taken: list[Mailed] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    reports: bool = False
    before_250: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)

    async def _said(self, stage: str) -> str | None:
        await asyncio.sleep(self.delays.get(stage, 0))
        return self.replies.get(stage)

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", *responses[-1:]] if self.reports else responses

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str],
    ) -> str:
        refused = await self._said("MAIL")
        envelope.mail_from = address
        return refused or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str],
    ) -> str:
        refused = await self._said("RCPT")
        envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        refused = await self._said("DATA")
        if refused is not None:
            return refused
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        user = session.auth_data.login.decode() if session.authenticated else None
        self.taken.append(Mailed(envelope.mail_from, envelope.rcpt_tos[0], mail, list(self.asked),
                                 server.transport.get_extra_info("ssl_object") is not None, user))
        self.before_250()
        return "250 OK"


class _Reporting(SMTP):
    """Takes the parameters of RFC 3461, which aiosmtpd refuses."""

    async def smtp_MAIL(self, arg: str) -> None:
        await super().smtp_MAIL(self._strip(arg))

    async def smtp_RCPT(self, arg: str) -> None:
        await super().smtp_RCPT(self._strip(arg))

    def _strip(self, arg: str) -> str:
        words = arg.split()
        if self.event_handler.reports:
            asked = [one for one in words if one.split("=")[0] in ("RET", "ENVID", "NOTIFY", "ORCPT")]
            self.event_handler.asked += asked
            words = [one for one in words if one not in asked]
        return " ".join(words)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Reporting(self.handler, **self.SMTP_kwargs)


def _login(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    known = (data.login, data.password) == (b"courier", b"secret")
    return AuthResult(success=known, handled=False, auth_data=data)


@contextmanager
def mail_server(
    server: MailServer, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None,
) -> Iterator[MailServer]:
    """Serves on a free port until the end of the block."""
    options: dict[str, Any] = {"tls_context": starttls, "require_starttls": starttls is not None}
    controller = _Controller(
        server, hostname=HOST, port=free_port(), ssl_context=tls, authenticator=_login,
        auth_require_tls=tls is None and starttls is not None, **options)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens at."""
    import socket
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Gateway:
    """An SMS gateway that keeps what it was given. `keeps_keys`: the same id again is 409 and sends nothing;
    `can_be_asked`: `GET /messages/{id}`; `status` answers otherwise."""

    port: int = 0
    keeps_keys: bool = True
    can_be_asked: bool = True
    status: int | None = None
    sent: list[dict[str, str]] = field(default_factory=list)
    calls: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    def ids(self) -> list[str]:
        return [one["id"] for one in self.sent]

    def post(self, body: dict[str, str], key: str) -> int:
        """What it answers to a message."""
        if self.status is not None:
            return self.status
        if self.keeps_keys and key in self.ids():
            return 409
        self.sent.append(body)
        return 202

    def get(self, message: str) -> int:
        if not self.can_be_asked:
            return 405
        return 200 if message in self.ids() else 404


@contextmanager
def gateway_server(gateway: Gateway, tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """Serves on a free port until the end of the block."""
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.calls.append(("POST", self.path, dict(self.headers)))
            self._answer(gateway.post(body, self.headers["Idempotency-Key"]), {"id": body["id"]})

        def do_GET(self) -> None:
            gateway.calls.append(("GET", self.path, dict(self.headers)))
            self._answer(gateway.get(self.path.rpartition("/")[2]), {})

        def _answer(self, status: int, value: dict[str, str]) -> None:
            gateway.before_answer()
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Not to the terminal."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            """A client that has gone is no news here."""

    server = Server((HOST, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
