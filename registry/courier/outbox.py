"""Where messages go out. A transport takes a message or says why not; the demo's and the tests' writes files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from registry.courier.bridges.port import Terms
from registry.durable import sync
from registry.errors import ConsentryError, UnavailableError
from registry.model.times import stamp

Receipt = Literal["delivered", "failed"]


class MessageRefusedError(ConsentryError):
    """The carrier will never take this message to this address: trying again is no use."""

    code = "transport-refused"


class NoAnswerError(UnavailableError):
    """The carrier was given the message and did not answer: perhaps it has it."""

    code = "transport-silent"


@dataclass(frozen=True, slots=True)
class Message:
    """One rendered message. `id` is the same when a message is sent again after a crash; `at` is log-clock ms.

    `script_sha256`: of a relayed message, the digest of the pack's text behind it. `call`: of a brokered call, which
    goes to no outbox but a bridge.
    """

    id: str
    at: int
    medium: str
    to: str
    template: str
    language: str
    text: str
    code: str | None = None
    script_sha256: str | None = None
    call: Terms | None = None


class Outbox(Protocol):
    """A transport.

    `send` returns only once the message is out of our hands, with the carrier's receipt if it comes at once;
    None when it will come later. Raises UnavailableError when nothing was sent and it may be tried again,
    NoAnswerError when it is not known whether it was, MessageRefusedError when it never will be.
    """

    def send(self, message: Message) -> Receipt | None: ...

    def asked(self, message: str, medium: str) -> bool | None:
        """Whether the carrier has a message of this id already; None where it cannot be asked.

        Raises UnavailableError when it does not answer: ask again before anything is sent again.
        """
        ...


class FileOutbox:
    """One JSON file per message, mode 0600, named by its id: sent again, it replaces itself.

    Where writing the file is the delivery, as in a demo, `receipt` says so at once.
    """

    def __init__(self, folder: Path, receipt: Receipt | None = "delivered") -> None:
        self._folder = folder
        self._receipt = receipt
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def send(self, message: Message) -> Receipt | None:
        """Writes the message durably. Raises UnavailableError when the disk refuses."""
        value = {
            "id": message.id, "at": stamp(message.at), "medium": message.medium, "to": message.to,
            "template": message.template, "language": message.language, "text": message.text,
        }
        if message.code is not None:
            value["code"] = message.code
        try:
            self._write(f"{message.id}.json", json.dumps(value, ensure_ascii=False))
        except OSError as error:
            raise UnavailableError("the outbox cannot be written", code="transport-unavailable") from error
        return self._receipt

    def asked(self, message: str, medium: str) -> bool | None:
        """None: written again, a message replaces itself."""
        return None

    def _write(self, name: str, content: str) -> None:
        part = self._folder / f"{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
        sync(self._folder)

    def messages(self) -> list[dict[str, str]]:
        """Every message, oldest first, as in the files."""
        found = [json.loads(path.read_text("utf-8")) for path in self._folder.glob("*.json")]
        return sorted(found, key=lambda one: (one["at"], one["id"]))
