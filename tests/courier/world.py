"""A small world around the courier: a vault that keeps its promises in memory, a clock, a provider.

The vault here checks what the real one checks of the courier's work: shapes, the courier's signature, times, sequence
numbers, opened addresses. `tests/courier/test_with_the_vault.py` runs against the real one.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.courier.courier import Courier
from registry.courier.outbox import FileOutbox
from registry.courier.provider_book import commitment_of
from registry.courier.providers import webhooks
from registry.courier.store import Store
from registry.errors import ConflictError, MalformedError, UnauthorizedError
from registry.jose import from_b64url
from registry.model import canonical
from registry.model.catalogue import KINDS
from registry.model.entries import Actor, Draft, act_message, draft_of
from registry.model.kinds import kind_of
from registry.model.times import DAY, MINUTE, SECOND, parse_stamp, stamp

START = 1_790_000_000_000
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes....").decode()
SALT = bytes(range(32))
PHONE = "+8610000000001"
CONTACT_PHONE = "+8610000000002"
URL = "https://demo.invalid"


def named(word: str) -> str:
    """A stable id for a word."""
    return hashlib.sha256(word.encode()).hexdigest()[:32]


PROVIDER, BORROWER, CHANNEL, LINE, CONTACT, ACCOUNT, LENDER, AGENCY = (
    named(word) for word in ("provider", "borrower", "channel", "line", "contact", "account", "lender", "agency")
)


def counting_random() -> Callable[[int], bytes]:
    """Repeatable random bytes, never the same twice."""
    numbers = itertools.count(1)
    return lambda size: hashlib.shake_256(str(next(numbers)).encode()).digest(size)


class HandClock:
    """Log clock and wall clock, moved by hand."""

    def __init__(self) -> None:
        self.log = START
        self.real = START - 5 * DAY

    def now(self) -> int:
        return self.log

    def wall(self) -> int:
        return self.real

    def pass_(self, milliseconds: int) -> None:
        self.log += milliseconds
        self.real += milliseconds


class FakeVault:
    """Ops the courier uses, over a list of entries. `before` and `after` may raise, to play a crash."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.courier_sig = ""
        self.leaves: list[dict[str, Any]] = []
        self.alarms: list[str] = []
        self.opened: list[tuple[int, str, str | None]] = []
        self.given_up: list[tuple[int, str, str | None]] = []
        self.replies: dict[str, tuple[str, str, str]] = {}
        self.messages: dict[int, list[dict[str, Any]]] = {}
        self.params: dict[str, dict[str, str]] = {}
        self.calls: list[str] = []
        self.alive = False
        self.before: Callable[[str], None] = lambda op: None
        self.after: Callable[[str], None] = lambda op: None

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(op)
        self.before(op)
        result: dict[str, Any] = getattr(self, "_" + op.replace("-", "_"))(args)
        self.after(op)
        return json.loads(json.dumps(result))

    def put(self, kind: str, body: dict[str, Any], entry_id: str | None = None) -> int:
        """An entry that somebody else made."""
        index = len(self.leaves)
        draft = Draft(entry_id or named(f"entry {index}"), kind, Actor("vault"), body)
        kind_of(draft, KINDS)
        self.leaves.append({**draft.value(), "logged_at": stamp(self.clock.now())})
        return index

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of all entries of a kind."""
        return [leaf["body"] for leaf in self.leaves if leaf["kind"] == kind]

    def _status(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"origin": "demo.invalid/courier", "size": len(self.leaves)}

    def _log_now(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"now": stamp(self.clock.now())}

    def _follow(self, args: dict[str, Any]) -> dict[str, Any]:
        self.alive = args.get("courier") is True
        found = list(enumerate(self.leaves))[args["after"]:args["after"] + args["limit"]]
        return {"entries": [{"index": index, "entry": leaf} for index, leaf in found], "size": len(self.leaves)}

    def _match_line(self, args: dict[str, Any]) -> dict[str, Any]:
        if args["address"] == "not a number":
            raise MalformedError("not a number", code="number-invalid")
        if args["address"] != PHONE:
            return {}
        place = {"line": LINE, "channel": CHANNEL, "borrower": BORROWER, "agency": AGENCY,
                 "local": {"zone": "Asia/Shanghai", "date": "2026-09-21", "minute": 600, "offset": 480},
                 "line_local": []}
        return {**place, "account": args["account"]} if "account" in args else place

    def _append(self, args: dict[str, Any]) -> dict[str, Any]:
        draft = draft_of(args["entry"])
        kind_of(draft, KINDS)
        canonical.encode(draft.value())
        for leaf in self.leaves:
            if leaf["id"] == draft.id:
                if {**leaf, "logged_at": ""} != {**draft.value(), "logged_at": ""}:
                    raise ConflictError("other bytes", code="id-conflict")
                return {"fresh": False}
        self._check_signature(draft.to_sign(), dict(draft.auth[0]))
        self._check_attempt(draft)
        self.leaves.append({**draft.value(), "logged_at": stamp(self.clock.now())})
        return {"fresh": True}

    def _check_attempt(self, draft: Draft) -> None:
        if draft.kind != "attempt-recorded/2":
            return
        body = draft.body
        for known in self.bodies("attempt-recorded/2"):
            same_seq = (known["provider"], known["seq"]) == (body["provider"], body["seq"])
            if same_seq and known["attempt"] != body["attempt"]:
                self.alarms.append("attempt-sequence-conflict")
                raise ConflictError("another attempt's", code="attempt-sequence-conflict")
        if "began_at" in body and not (
            self.clock.now() - DAY <= parse_stamp(body["began_at"]) <= self.clock.now() + MINUTE
        ):
            raise MalformedError("too far away", code="time-out-of-range")

    def _check_signature(self, to_sign: bytes, auth: dict[str, Any]) -> None:
        if auth["by"] != "courier" or auth["alg"] != "Ed25519":
            raise UnauthorizedError("not the courier")
        key = Ed25519PublicKey.from_public_bytes(from_b64url(self.courier_sig))
        key.verify(from_b64url(auth["sig"]), act_message(to_sign))

    def _deliveries(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"deliveries": self.messages.get(args["index"], [])}

    def _reply(self, args: dict[str, Any]) -> dict[str, Any]:
        asked = {name: args[name] for name in ("reply", "address", "medium", "word")}
        self._check_signature(canonical.encode({"op": "reply", **asked}), args["auth"])
        self.replies[args["reply"]] = (args["address"], args["medium"], args["word"])
        return {}

    def _dead_letter(self, args: dict[str, Any]) -> dict[str, Any]:
        asked = {name: args[name] for name in ("index", "template", "channel") if name in args}
        self._check_signature(canonical.encode({"op": "dead-letter", **asked}), args["auth"])
        self.given_up.append((args["index"], args["template"], args.get("channel")))
        return {}

    def _open_for_delivery(self, args: dict[str, Any]) -> dict[str, Any]:
        asked = {name: args[name] for name in ("index", "template", "channel") if name in args}
        self._check_signature(canonical.encode({"op": "open-for-delivery", **asked}), args["auth"])
        message = (args["index"], args["template"], args.get("channel"))
        if self.opened.count(message) >= 5:
            raise ConflictError("opened too often", code="opened-too-often")
        if set(args["blobs"].values()) != {base64.b64encode(b"sealed").decode()}:
            raise MalformedError("not that blob", code="blob-mismatch")
        self.opened.append(message)
        return {"to": CONTACT_PHONE, "medium": "sms", "language": "zh-CN", "params": self.params[args["template"]],
                "opened": named(f"opened {len(self.opened)}")}


PARAMS = {
    "contact-listed": {"given_name": "小明", "institution": "示例机构", "token": named("token")},
    "contact-invitation": {"given_name": "小明", "institution": "示例机构", "token": named("token"),
                           "code": "123456"},
    "borrower-notice": {"given_name": "小明", "institution": "示例机构", "agency": "示例公司", "account": "12345678"},
    "use-borrower": {"given_name": "小明", "institution": "示例机构", "agency": "示例公司", "day": "2026-09-21"},
    "use-contact": {"given_name": "小明", "institution": "示例机构", "day": "2026-09-21", "token": named("token")},
}


class World:
    """One courier in one process; `restart` gives it a new life on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.random = counting_random()
        self.vault = FakeVault(self.clock)
        self.vault.params = PARAMS
        self.outbox = FileOutbox(folder / "outbox")
        self.store = Store.create(folder / "courier", self.random)
        self.vault.courier_sig = self.store.keys.public()["courier_sig"]
        self.carrier: str | None = None
        self.courier = self._courier()
        self.messages = itertools.count(1)

    def restart(self) -> None:
        """What a crash leaves: the folder, nothing of the memory."""
        self.vault.before = self.vault.after = lambda op: None
        self.store.close()
        self.store = Store.open(self.folder / "courier")
        self.courier = self._courier()

    def _courier(self) -> Courier:
        return Courier(self.vault, self.store, self.outbox, self.clock, self.random, URL, carrier=self.carrier)

    def register_provider(self, grade: str = "B", secret: str | None = SECRET) -> None:
        self.vault.put("provider-registered/1", {
            "provider": PROVIDER, "name": "neutral-voice", "adapter": "neutral", "grade": grade, "owner": "neutral",
            "secret_commitment": commitment_of(SECRET, SALT),
        })
        if secret is not None:
            self.courier.keep_secret("neutral-voice", secret, SALT)

    def register_provider_with_key(self, public_key: str) -> None:
        self.vault.put("provider-registered/1", {
            "provider": PROVIDER, "name": "neutral-voice", "adapter": "neutral", "grade": "A", "owner": "registry",
            "public_key": public_key,
        })

    def event(self, **changes: Any) -> dict[str, Any]:
        """A neutral event of a call that rang out; `changes` replace or (None) remove members of `data`."""
        data: dict[str, Any] = {
            "attempt_id": "call-1", "seq": 1, "medium": "voice", "direction": "outbound", "to": PHONE,
            "from": "+8610000009999", "cause": {"q850": 19}, "began_at": stamp(self.clock.now() - MINUTE),
            "ring_seconds": 30,
        }
        data.update(changes)
        return {
            "type": "contact.attempt", "timestamp": stamp(self.clock.now()),
            "data": {name: value for name, value in data.items() if value is not None},
        }

    def post(self, event: dict[str, Any] | bytes, webhook_id: str | None = None, **how: Any) -> str:
        """Signs and hands over a callback as the provider would. Returns what became of it."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = signed(webhook_id or f"msg_{next(self.messages)}", self.clock.wall() // SECOND, body)
        headers.update(how.pop("headers", {}))
        return self.courier.handle_callback("neutral-voice", self.clock.wall(), headers, how.pop("sent", body))

    def attempts(self) -> list[dict[str, Any]]:
        return self.vault.bodies("attempt-recorded/2")

    def refused(self) -> list[str]:
        return [one["why"] for one in self.courier.provider_status("neutral-voice")["refused"]]

    def asks(self, template: str, kind: str, body: dict[str, Any], channel: str | None = None) -> int:
        """An entry that asks for one message."""
        index = self.vault.put(kind, body)
        message = {"template": template, "subject": BORROWER, "medium": "sms", "blobs": ["name"]}
        self.vault.messages[index] = [message | ({"channel": channel} if channel else {})]
        return index

    def deliver(self) -> int:
        return self.courier.deliver_due(lambda subject, names: dict.fromkeys(names, b"sealed"))


def signed(webhook_id: str, timestamp: int, body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The three headers of a Standard Webhooks message."""
    mac = webhooks.shared_secret(secret).sign(webhooks.content_of(webhook_id, str(timestamp), body))
    return {
        "webhook-id": webhook_id, "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


class Killed(BaseException):
    """The process ends here: nothing in the courier may catch this."""


def killed_at(op: str) -> Callable[[str], None]:
    """A hook that ends the process at that op."""
    def hook(called: str) -> None:
        if called == op:
            raise Killed(op)
    return hook

