"""A real courier and a real vault in one process, with one clock."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from registry.courier.courier import Courier
from registry.courier.outbox import FileOutbox
from registry.courier.provider_book import commitment_of
from registry.courier.store import Store
from registry.model.ids import new_id
from registry.model.times import SECOND, stamp
from registry.vault.desk import Settings
from tests.courier.world import SALT, SECRET, signed
from tests.world import Person, World

URL = "https://demo.invalid"


class OwnKeys:
    """The courier's real keys in the place of the simulator's played ones."""

    def __init__(self, store: Store) -> None:
        self._keys = store.keys
        self.public = store.keys.public()["courier_sig"]

    def courier(self, to_sign: bytes) -> dict[str, str]:
        return self._keys.vouch(to_sign)


class Post:
    """A real vault and a real courier in one process, with one clock."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.store = Store.create(folder / "courier", os.urandom)
        self.world = World(folder, courier=OwnKeys(self.store), settings=settings or Settings())  # type: ignore[arg-type]
        self.outbox = FileOutbox(folder / "outbox")
        self.courier = Courier(self.world.vault, self.store, self.outbox, self.world.clock, os.urandom, URL)
        self.provider = new_id(os.urandom)
        self.world.sign("provider-registered/1", {
            "provider": self.provider, "name": "neutral-voice", "adapter": "neutral", "grade": "B",
            "owner": "neutral", "secret_commitment": commitment_of(SECRET, SALT),
        }, ident=self.provider)
        self.courier.keep_secret("neutral-voice", SECRET, SALT)
        self.seq = 0

    def deliver(self) -> int:
        return self.courier.deliver_due(self._blobs)

    def _blobs(self, subject: str, names: tuple[str, ...]) -> dict[str, bytes]:
        places = {name: (name.rpartition("/")[0] or subject, name.rpartition("/")[2]) for name in names}
        return {name: base64.b64decode(self.world.blobs[place]) for name, place in places.items()}

    def messages(self, template: str) -> list[dict[str, str]]:
        return [one for one in self.outbox.messages() if one["template"] == template]

    def report(self, person: Person, age: int = 30 * SECOND, **changes: Any) -> str:
        """A provider's callback about a dial of the borrower's number."""
        self.seq += 1
        now = self.world.clock.now()
        data: dict[str, Any] = {
            "attempt_id": f"call-{self.seq}", "seq": self.seq, "medium": "voice", "direction": "outbound",
            "to": person.number, "from": "+8610000009999", "cause": {"q850": 20}, "account": person.account,
            "began_at": stamp(now - age),
        } | changes
        data = {name: value for name, value in data.items() if value is not None}
        event = {"type": "contact.attempt", "timestamp": stamp(now), "data": data}
        body = json.dumps(event).encode()
        headers = signed(f"msg_{self.seq}", now // SECOND, body)
        return self.courier.handle_callback("neutral-voice", now, headers, body)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of all entries of a kind."""
        found = self.world.vault.call("follow", {"after": 0, "limit": 500})["entries"]
        return [one["entry"]["body"] for one in found if one["entry"]["kind"] == kind]
