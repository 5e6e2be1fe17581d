"""One message that an entry asks for, and to which of the borrower's channels one goes. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from registry.model.catalogue.persons import AGREEMENT_ENDED, ASSIGNED, BORROWER_KEPT, CONTACT_KEPT
from registry.model.catalogue.terms import TOLD_CONSENT, TOLD_PASSKEY
from registry.model.entries import Entry
from registry.model.times import date_of
from registry.policy import Facts, addresses_to_write, gather, packs_for
from registry.vault.desk import Desk
from registry.vault.judging import facts_of
from registry.vault.relations import placements
from registry.vault.scripts import is_message

# What the courier can send. To whom is the policy's word, the same that judges the notice.
CARRIED = ("sms", "email")
# What is said of a use that was not of a number.
USES = {
    "use-borrower": {"message": "use-borrower-message", "call": "use-borrower-call", "visit": "use-borrower-visit"},
    "use-contact": {"call": "use-contact-call"},
}

# What says on which day it was, as the borrower's zone has it.
DATED = (TOLD_CONSENT, TOLD_PASSKEY, ASSIGNED, AGREEMENT_ENDED, BORROWER_KEPT, CONTACT_KEPT)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `to` is the entry that registered the address; the borrower's name comes along with all."""

    template: str
    asked_by: Entry
    borrower: Entry
    to: Entry
    medium: str

    @property
    def subject(self) -> str:
        """Whose data key seals the address."""
        contact: str = self.to.body.get("contact", self.borrower.id)
        return contact

    @property
    def channel(self) -> str | None:
        """The borrower's channel; None for a contact's only line."""
        return self.to.id if self.to.kind == "channel-added/1" else None

    @property
    def blobs(self) -> tuple[str, str]:
        """Names of the sealed address and of the borrower's sealed name, as the web tier finds them."""
        if self.channel is not None:
            return self.channel, "name"
        return "number", f"{self.borrower.id}/name"

    def value(self) -> dict[str, Any]:
        """The form in the answer of `deliveries`."""
        channel = {} if self.channel is None else {"channel": self.channel}
        return {"template": self.template, "subject": self.subject, "medium": self.medium,
                "blobs": list(self.blobs), **channel}

    @property
    def wording(self) -> str:
        """The text that says it: what a borrower is told depends on what was used of a contact, and on how it was
        shown that a consent was his."""
        if self.template in USES:
            used = "message" if is_message(self.asked_by) else self.asked_by.body["mode"]
            return USES[self.template].get("visit" if self.asked_by.body["about"] == "visit" else used, self.template)
        if self.template == TOLD_CONSENT and self.asked_by.body["assurance"] == "passkey":
            return "borrower-told-consent-passkey"
        if self.template == ASSIGNED and "assignee" in self.asked_by.body:
            return "borrower-assigned-to"
        return self.template

    def params(self, desk: Desk) -> dict[str, str]:
        """The closed parameters that need no secret."""
        body = self.asked_by.body
        parties = desk.directory.parties
        lender = parties[self.borrower.body["lender"]].name
        params = {"institution": lender}
        if self.template == "borrower-notice":
            params |= {"agency": _agency_named(desk, self.asked_by, lender), "account": body["account"]}
        if self.template == "use-borrower":
            params["agency"] = parties[body["client"]].name
        if self.template in ("use-borrower", "use-contact"):
            params["day"] = body["local_date"]
        if self.template in DATED:
            params["day"] = date_of(desk.relations.today(self.borrower.id, self.asked_by.at))
        if self.wording == "borrower-assigned-to":
            params["assignee"] = parties[body["assignee"]].name
        return params


def to_borrower(desk: Desk, template: str, entry: Entry, borrower: Entry) -> Iterator[Message]:
    """One message for each live personal line that carries text, by each medium, as the policy reads them now."""
    # Whoever asks, and for what: the borrower's channels are the same.
    asked = dict.fromkeys(("lookup", "client", "agent", "about", "purpose", "mode"), "")
    account = entry.body["account"]
    facts = facts_of(gather(desk, account), {**asked, "account": account}, desk.clock.now(), desk.readings)
    return written(desk, template, entry, borrower, facts)


def written(desk: Desk, template: str, entry: Entry, borrower: Entry, facts: Facts) -> Iterator[Message]:
    now = desk.clock.now()
    for channel, medium in addresses_to_write(facts, packs_for(desk.directory, facts, now), now):
        if medium in CARRIED:
            yield Message(template, entry, borrower, desk.relations.entry(channel, "channel-added/1"), medium)


def _agency_named(desk: Desk, notice: Entry, lender: str) -> str:
    """The agency that a notice names: the one that asked, else the one placed with, else the lender itself."""
    body = notice.body
    if "agency" in body:
        return desk.directory.parties[body["agency"]].name
    day = desk.relations.today(body["borrower"], notice.at)
    for placement in placements(desk.relations.history(body["borrower"]), day, body["account"]):
        return desk.directory.parties[placement.body["agency"]].name
    return lender
