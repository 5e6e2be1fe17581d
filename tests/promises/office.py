"""A real vault and a real courier in one process: a provider's signed webhooks come in, messages go out to a folder.

Saved once with three borrowers and copied for each test: `ready`, for whom every rule holds on day 0 at 10:00;
`tried`, who lacks four attempts of eight; `untried`, whom nobody has dialled yet.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

from registry.courier.courier import Courier
from registry.courier.outbox import FileOutbox, Outbox
from registry.courier.provider_book import commitment_of
from registry.courier.store import Store
from registry.model.ids import new_id
from registry.model.times import HOUR, SECOND, stamp
from registry.vault.keys.kek import KeyFile
from registry.vault.vault import Vault
from tests.courier.post import URL, OwnKeys, Post
from tests.courier.world import SALT, SECRET, signed
from tests.databases import copy_of
from tests.world import ATTEMPT_DAYS, TIMES, Person, WorldClock

PROVIDER = "neutral-voice"
OTHER_SECRET = "whsec_" + "QUJD" * 10
TRIED_DAYS = ATTEMPT_DAYS[:4]


class Office(Post):
    """See the module's docstring. `sent`: the webhooks so far, as they were sent."""

    ready: Person
    tried: Person
    untried: Person

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self.codes: set[str] = set()

    # Webhooks

    def data(self, person: Person, **changes: Any) -> dict[str, Any]:
        """What the provider says of a dial 30 seconds ago that did not ring, under its next number."""
        self.seq += 1
        medium = changes.get("medium", "voice")
        data = {
            "attempt_id": f"call-{self.seq}", "seq": self.seq, "medium": medium, "direction": "outbound",
            "to": person.mail if medium == "email" else person.number, "from": "+8610000009999",
            "cause": {"q850": 20}, "account": person.account, "began_at": self.ago(30 * SECOND),
        } | changes
        return {name: value for name, value in data.items() if value is not None}

    def ago(self, age: int) -> str:
        return stamp(self.world.clock.now() - age)

    def send(
        self, data: dict[str, Any], *, provider: str = PROVIDER, secret: str = SECRET, age: int = 0,
        body: bytes | None = None, headers: dict[str, str] | None = None,
    ) -> str:
        """Signs and hands over; `body` and `headers` replace what was signed. Returns what became of it."""
        now = self.world.clock.now()
        content = json.dumps({"type": "contact.attempt", "timestamp": stamp(now), "data": data}).encode()
        made = signed(f"msg_{new_id(os.urandom)}", (now - age) // SECOND, content, secret) | (headers or {})
        self.sent.append((made, body or content))
        return self.courier.handle_callback(provider, now, made, body or content)

    def dial(self, person: Person, **changes: Any) -> str:
        return self.send(self.data(person, **changes))

    def provider_of(self, name: str, grade: str, owner: str) -> None:
        """Another account, with the same secret and a sequence of its own."""
        ident = new_id(os.urandom)
        self.world.sign("provider-registered/1", {
            "provider": ident, "name": name, "adapter": "neutral", "grade": grade, "owner": owner,
            "secret_commitment": commitment_of(SECRET, SALT),
        }, ident=ident)
        self.courier.keep_secret(name, SECRET, SALT)

    # What the vault makes of it

    def counted(self, person: Person) -> int:
        """Attempts that count, as the collector is told while there are fewer than the eight needed."""
        missing = {one["code"]: one for one in self.world.lookup(person)["missing"]}
        return int(missing["attempts-too-few"]["have"])

    def codes_now(self, person: Person) -> list[str]:
        """The reasons in the entry of a lookup made now; none for a permit."""
        return self.world.codes(self.world.lookup(person))

    # People

    def agreed(self) -> Person:
        """A borrower whose contact was told, asked and agreed by the code it was sent."""
        person = self.world.borrower()
        self.deliver()
        self.world.call("consent", **self.world.terms(person, "borrower"))
        person.contact_consent = self.world.call("consent", **self.world.terms(person, "contact"))["consent"]
        self.deliver()
        asked = [one for one in self.messages("contact-invitation") if one["to"] == person.contact_number]
        self.world.call("check-code", consent=person.contact_consent, code=asked[-1]["code"])
        return person

    def tries(self, person: Person, place: int) -> None:
        """One of the attempts, its text channels covered."""
        self.dial(person)
        if place < 1:
            for medium in ("sms", "email"):
                self.dial(person, medium=medium, cause={"status": "delivered"})

    def story(self) -> None:
        """Everything up to day 0 at 10:00."""
        world = self.world
        world.at(-80)
        self.ready, self.tried, self.untried = (self.agreed() for _ in range(3))
        world.at(-75)
        for person in (self.ready, self.tried, self.untried):
            world.account(person)
        for place, day in enumerate(ATTEMPT_DAYS):
            world.at(day, TIMES[place % 3])
            self.tries(self.ready, place)
            if day in TRIED_DAYS:
                self.tries(self.tried, place)
        world.clock.at += HOUR
        world.call("notice", by=world.agency.value(), account=self.ready.account)
        self.deliver()
        world.at(-2, "14:00")
        self.dial(self.ready)
        world.at(0, "09:00")
        world.feeds()
        self.deliver()
        world.approve(self.ready)
        world.at(0, "10:00")

    def close(self) -> None:
        self.world.vault.close()
        self.store.close()

    def restored(self, folder: Path) -> Office:
        """The same office, closed before, in another folder."""
        copy_of(self.folder, folder)
        made, world = copy.copy(self), copy.copy(self.world)
        made.folder, made.sent = folder, list(self.sent)
        made.store = Store.open(folder / "courier")
        world.folder, world.clock, world.blobs = folder, WorldClock(self.world.clock.at), dict(self.world.blobs)
        world.kek = KeyFile(folder / "outside.key", os.urandom)
        world.vault = Vault.open(folder / "vault", world.kek, world.clock, os.urandom, demo=True)
        world.courier = OwnKeys(made.store)  # type: ignore[assignment]
        made.world = world
        made.ready, made.tried, made.untried = (copy.copy(one) for one in (self.ready, self.tried, self.untried))
        made.outbox = FileOutbox(folder / "outbox")
        made.sends_by(made.outbox)
        return made

    def sends_by(self, outbox: Outbox) -> None:
        """A courier with another transport, on the same folder."""
        self.courier = Courier(self.world.vault, self.store, outbox, self.world.clock, os.urandom, URL)

    def later(self, days: int, clock: str = "10:00") -> None:
        """Moves on; the lender's feeds are complete again."""
        self.world.at(days, clock)
        self.world.feeds()

