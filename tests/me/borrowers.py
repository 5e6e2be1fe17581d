"""A borrower who asks as JSON or as pages, by a link (strong) or a code (weak)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from registry.model.times import DAY, stamp
from registry.texts import notices
from tests.portal.visitor import Person, Visitor, by_code, by_link, code_of
from tests.web.world import As, World

CODE = re.compile(r"(?<![0-9a-f])\d{6}(?![0-9a-f])")  # not six digits of a link


@dataclass(slots=True)
class Borrower:
    """`ids`: borrower, contact, account; the numbers behind them."""

    world: World
    person: Person

    @property
    def ids(self) -> dict[str, str]:
        return self.person.ids

    @property
    def id(self) -> str:
        return self.ids["borrower"]

    def strong(self) -> As:
        """JSON in a session opened by the lender's link."""
        by = self.world.made["lender"].value()
        token = self.world.bench.vault.call("make-link", {"by": by, "role": "borrower", "subject": self.id})["token"]
        return self._as(self._nobody().post("/v1/sign-in/link", {"token": token}))

    def weak(self) -> As:
        """JSON in a session opened by a code."""
        return self._coded("borrower", self.person.number)

    def contact(self) -> As:
        """JSON in a session of this borrower's contact."""
        return self._coded("contact", self.person.contact_number)

    def _coded(self, role: str, address: str) -> As:
        nobody = self._nobody()
        asked = nobody.post("/v1/sign-in", {"role": role, "address": address}).json["request"]
        return self._as(nobody.post(f"/v1/sign-in/{asked}/code", {"code": code_of(self.world, address)}))

    def pages(self, language: str = "zh") -> Visitor:
        """A browser, signed in by the lender's link."""
        return by_link(self.world, "borrower", self.id, language=language)

    def weak_pages(self) -> Visitor:
        """A browser, signed in by a code."""
        return by_code(self.world, "borrower", self.person.number)

    def channel(self, medium: str = "sms") -> str:
        """One of the borrower's own channels."""
        found = self.world.lender.get(f"/v1/borrowers/{self.id}/channels").json["items"]
        return next(one["channel"] for one in found if one["medium"] == medium)

    def consent_code(self) -> str:
        """The code for a consent that was sent to the borrower's telephone."""
        self.world.settle()
        sent = [one for one in self.world.messages(self.person.number) if one["template"] == "borrower-consent-code"]
        return CODE.findall(sent[-1]["text"])[-1]

    def terms(self, **changes: Any) -> dict[str, Any]:
        """A body for POST /v1/me/consents, without the way it is confirmed."""
        return {
            "giver": "borrower", "borrower": self.id, "method": "portal", "separate": True, "scope": scope(),
            "notice": notices.current("borrower").shown("zh"),
            "expires_at": stamp(self.world.clock.now() + 90 * DAY), **changes,
        }

    def _nobody(self) -> As:
        # A network of its own, so that the limits of one test's do not meet another's.
        return As(Visitor(self.world.app).client)

    def _as(self, opened: Any) -> As:
        assert opened.status_code == 201, opened.text
        return As(self.world.app.test_client(), opened.json["session"])


def borrower_of(world: World, person: Person) -> Borrower:
    """A borrower of this world."""
    return Borrower(world, person)


def scope(**changes: Any) -> dict[str, Any]:
    """The scope of a consent."""
    return {"purposes": ["restore-contact"], "modes": ["message"], "data": ["phone"],
            "grantee": {"role": "entrusted"}, "max_uses": 2, **changes}
