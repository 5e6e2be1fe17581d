"""Mail by SMTP (RFC 5321): `smtp://` with STARTTLS, or `smtps://`; one connection a message.

The server's 250 after the text is the hand-over: from there the message is the server's to deliver or to report (RFC
5321 section 6.1). **A courier killed between that 250 and its own record cannot ask whether it was given, and sends
the message again: the same Message-ID, which most readers show once.** Where the server offers delivery reports (RFC
3461) they are asked for, under the delivery id; only such a report makes a notice delivered, unless the settings say
that what this server accepts has arrived.
No header but `To` names the reader.
"""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from registry.courier.delivery_settings import Email
from registry.courier.outbox import Message, MessageRefusedError, NoAnswerError, Receipt
from registry.courier.tls import context_of
from registry.errors import UnavailableError
from registry.model.times import SECOND

PATIENCE = 20.0  # seconds for each answer
# Says nothing of anybody: a subject is read over shoulders.
SUBJECTS = {"zh": "通知", "en": "A notice for you"}
# Refusals that are about us, not about the message: an operator mends them, and then it goes out (RFC 4954).
OURS = (530, 534, 535, 538)


class SmtpTransport:
    """Sends through one server."""

    def __init__(self, settings: Email, patience: float = PATIENCE) -> None:
        self._settings = settings
        self._patience = patience

    def send(self, message: Message) -> Receipt | None:
        """Hands the message over. Raises as `Outbox.send` says; no detail repeats a server's words."""
        try:
            connection = self._connect()
        except OSError as error:
            raise _unavailable("connection") from error
        with _Closing(connection):
            self._transfer(connection, message)
        return "delivered" if self._settings.accepted_counts else None

    def asked(self, message: str, medium: str) -> bool | None:
        """None: SMTP has no such question."""
        return None

    def _connect(self) -> smtplib.SMTP:
        server = self._settings.server
        # The name in EHLO: the sender's domain, never this machine's.
        name = self._settings.sender.rpartition("@")[2]
        if server.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=self._patience, context=context_of(server))
        else:
            connection = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=self._patience)
        try:
            if self._settings.starttls:
                connection.starttls(context=context_of(server))  # raises where it is not offered
            connection.ehlo_or_helo_if_needed()
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _transfer(self, connection: smtplib.SMTP, message: Message) -> None:
        reports = connection.has_extn("dsn")
        of_mail = ["RET=HDRS", f"ENVID={message.id}"] if reports else []
        of_reader = ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;{_xtext(message.to)}"] if reports else []
        try:
            _expect(connection.mail(self._settings.sender, of_mail)[0], "MAIL")
            _expect(connection.rcpt(message.to, of_reader)[0], "RCPT")
        except OSError as error:
            raise _unavailable("envelope") from error
        try:
            code = connection.data(mail_of(message, self._settings))[0]
        except smtplib.SMTPDataError as error:
            # It did not want to hear the text: nothing was given.
            _expect(error.smtp_code, "DATA")
            raise _unavailable("DATA") from error
        except OSError as error:
            raise NoAnswerError("the mail server did not answer to the text") from error
        if not 200 <= code < 600:
            raise NoAnswerError("the mail server's answer to the text cannot be read")
        _expect(code, "text")


class _Closing:
    """Says goodbye without waiting for the answer: whatever it is, it changes nothing."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        try:
            self._connection.putcmd("quit")
        except OSError:
            pass  # it is gone already
        finally:
            self._connection.close()


def mail_of(message: Message, settings: Email) -> bytes:
    """The message in MIME: plain text in UTF-8, CRLF, no line over 998 bytes."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = settings.sender
    mail["To"] = message.to
    mail["Reply-To"] = settings.reply_to
    mail["Subject"] = SUBJECTS.get(message.language.split("-")[0], SUBJECTS["en"])
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at // SECOND, UTC))
    mail["Message-ID"] = f"<{message.id}@{settings.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
    mail["Content-Language"] = message.language
    mail.set_content(message.text, cte="base64")
    return mail.as_bytes()


def _expect(code: int, stage: str) -> None:
    """Raises MessageRefusedError on a permanent refusal of the message, UnavailableError on anything but success."""
    if 200 <= code < 300:
        return
    if 500 <= code < 600 and code not in OURS:
        raise MessageRefusedError(f"the mail server refused with {code} at {stage}")
    raise _unavailable(f"{stage} ({code})")


def _unavailable(stage: str) -> UnavailableError:
    return UnavailableError(f"the mail server did not take the message: {stage}", code="transport-unavailable")


def _xtext(address: str) -> str:
    """RFC 3461 section 4: `+`, `=` and what is not printable as hex."""
    return "".join(one if "!" <= one <= "~" and one not in "+=" else f"+{ord(one):02X}" for one in address)
