"""What every decision needs of the registry itself, folded entry by entry (docs/adr/0002). Pure: no I/O, no clock.

The one mutable value of this package: nobody keeps a reference to its parts across an append.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.catalogue.providers import RESUMED, SUSPENDED
from registry.model.entries import Entry
from registry.model.times import DAY, date_of, parse_stamp
from registry.policy.officers import OfficerRoles
from registry.policy.pack_book import PackBook
from registry.policy.parties import Approval, Party, Provider
from registry.policy.passkeys import Passkeys

FEEDS = ("payments", "logins", "inbound")


class Directory(PackBook, OfficerRoles):
    """Parties, providers, packs, feeds, passkeys, the stop switch, and what each agency still owes."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to before entry 0."""
        PackBook.__init__(self)
        OfficerRoles.__init__(self)
        self.size = 0
        self.origin = ""
        self.demo = False
        self.genesis: Mapping[str, Any] = {}
        self.courier_sig = ""
        self.officers: dict[str, str] = {}                      # id -> Ed25519 key, base64url
        self.auditors: dict[str, list[tuple[int, str]]] = {}    # id -> (effective from, Ed25519 key), in log order
        self.parties: dict[str, Party] = {}
        self.providers: dict[str, Provider] = {}
        self.approvals: dict[tuple[str, str], Approval] = {}    # (agency, lender)
        self.feeds: dict[tuple[str, str], int] = {}             # (lender, feed) -> complete through
        self.passkeys = Passkeys()
        self.stopped = False
        self.stopped_index = -1
        self.open_permits: dict[str, dict[str, int]] = {}       # agency -> lookup -> logged at, oldest first
        self._releases: dict[tuple[str, str], dict[str, str]] = {}      # (agency, agent) -> lookup -> local date

    def fold(self, entry: Entry) -> None:
        """Takes the next entry. Kinds that no decision reads here are passed over."""
        self.size = entry.index + 1
        act = _ACTS.get(entry.kind)
        if act is not None:
            act(self, entry)

    def provider(self, provider: str) -> Provider | None:
        """The provider with this id."""
        return self.providers.get(provider)

    def provider_named(self, name: str) -> Provider | None:
        """The provider with this name."""
        return next((one for one in self.providers.values() if one.name == name), None)

    def auditor_key(self, party: str, at: int) -> str | None:
        """The key of an auditor's key file in force, base64url."""
        return next((key for effective, key in reversed(self.auditors.get(party, ())) if effective <= at), None)

    def feed_through(self, lender: str) -> int | None:
        """Through when *all* of the lender's feeds are complete; None while one was never reported."""
        times = [self.feeds.get((lender, feed)) for feed in FEEDS]
        return None if None in times else min(one for one in times if one is not None)

    def oldest_open_permit(self, agency: str) -> int | None:
        """When the oldest permit of the agency whose outcome is due was logged."""
        return next(iter(self.open_permits.get(agency, {}).values()), None)

    def releases_on(self, agency: str, agent: str, date: str) -> int:
        """How many numbers this agent was given on a local date (`YYYY-MM-DD` at the borrowers' residence)."""
        return sum(1 for one in self._releases.get((agency, agent), {}).values() if one == date)

    def _genesis(self, entry: Entry) -> None:
        body = entry.body
        self.genesis = body
        self.origin, self.demo, self.courier_sig = body["origin"], body["demo"], body["courier_sig"]
        self.officers = {one["officer"]: one["key"] for one in body["officers"]}
        for one in body["packs"]:
            self.take_pack(entry.at, one["text"])

    def _pack_activated(self, entry: Entry) -> None:
        self.take_pack(max(effective_at(entry), parse_stamp(entry.body["effective_from"])), entry.body["text"])

    def _provider_registered(self, entry: Entry) -> None:
        body = entry.body
        # The first registration stands: owner and grade of what was logged cannot be rewritten afterwards.
        self.providers.setdefault(body["provider"], Provider(
            body["provider"], body["name"], body["adapter"], body["grade"], body["owner"], body.get("owner_party"),
            body.get("secret_commitment"), body.get("public_key"),
        ))

    def _gap_accepted(self, entry: Entry) -> None:
        provider = self.providers.get(entry.body["provider"])
        if provider is not None:
            provider.sequence.accept(entry.body["from_seq"], entry.body["through_seq"])

    def _provider_suspended(self, entry: Entry) -> None:
        provider = self.providers.get(entry.body["provider"])
        if provider is not None:
            since = entry.body.get("since")
            provider.suspend(entry.index, entry.at, entry.at if since is None else parse_stamp(since))

    def _provider_resumed(self, entry: Entry) -> None:
        provider = self.providers.get(entry.body["provider"])
        if provider is not None:
            provider.resume(entry.index)

    def _attempt(self, entry: Entry) -> None:
        provider = self.providers.get(entry.body["provider"])
        if provider is not None:
            provider.sequence.take(entry.body["seq"], entry.at)

    def _party_registered(self, entry: Entry) -> None:
        body = entry.body
        key = body.get("enc_key")
        keys = [] if key is None else [(entry.at, key)]
        self.parties.setdefault(body["party"], Party(
            body["party"], body["role"], body["name"], key, body.get("regulator"), keys=keys,
        ))

    def _party_key_changed(self, entry: Entry) -> None:
        party = self.parties.get(entry.body["party"])
        if party is not None:
            party.keys.append((effective_at(entry), entry.body["enc_key"]))
            party.enc_key = entry.body["enc_key"]

    def _party_suspended(self, entry: Entry) -> None:
        ident = entry.body["party"]
        if ident in self.officers:
            # Genesis names them; until they are registered nothing else does.
            self.parties.setdefault(ident, Party(ident, "officer", "", None, None))
        party = self.parties.get(ident)
        if party is not None:
            party.suspended_at, party.suspended_index = entry.at, entry.index

    def _agency_approved(self, entry: Entry) -> None:
        body = entry.body
        self.approvals[body["agency"], body["lender"]] = Approval(body["role"], entry.at, parse_stamp(body["until"]))
        party = self.parties.get(body["agency"])
        if party is not None:
            # An officer who approves an agency after its suspension ends the suspension; nothing else does.
            party.suspended_at = None

    def _feed_complete(self, entry: Entry) -> None:
        key = (entry.body["lender"], entry.body["feed"])
        through = min(parse_stamp(entry.body["complete_through"]), entry.at)
        self.feeds[key] = max(through, self.feeds.get(key, through))

    def _stopped(self, entry: Entry) -> None:
        self.stopped, self.stopped_index = True, entry.index

    def _resumed(self, _entry: Entry) -> None:
        self.stopped = False

    def _passkey_added(self, entry: Entry) -> None:
        self.passkeys.add("borrower", entry.body["borrower"], entry.body, entry.at)

    def _staff_passkey_added(self, entry: Entry) -> None:
        self.passkeys.add(entry.body["role"], entry.body["party"], entry.body, effective_at(entry))

    def _auditor_key_added(self, entry: Entry) -> None:
        self.auditors.setdefault(entry.body["party"], []).append((effective_at(entry), entry.body["key"]))

    def _passkey_removed(self, entry: Entry) -> None:
        self.passkeys.remove(entry.body["passkey"])

    def _lookup_decided(self, entry: Entry) -> None:
        body = entry.body
        # Of a message no outcome is due, nor of the borrower's own channels; no third person's number left.
        if body["verdict"] != "permit" or body["about"] == "borrower" or body["mode"] == "message":
            return
        self.open_permits.setdefault(body["client"], {})[body["lookup"]] = entry.at
        if body["about"] == "visit":
            return  # counted by account, not by agent
        agents = self._releases.setdefault((body["client"], body["agent"]), {})
        # Residences differ by a day at most: older dates can never be asked about again.
        oldest = _two_days_before(entry.at)
        for lookup in [one for one, date in agents.items() if date < oldest]:
            del agents[lookup]
        agents[body["lookup"]] = body["local_date"]

    def _opening_refused(self, entry: Entry) -> None:
        body = entry.body
        self.open_permits.get(body["agency"], {}).pop(body["lookup"], None)
        for (agency, _), lookups in self._releases.items():
            if agency == body["agency"]:
                lookups.pop(body["lookup"], None)

    def _outcome_reported(self, entry: Entry) -> None:
        self.open_permits.get(entry.body["agency"], {}).pop(entry.body["lookup"], None)


def effective_at(entry: Entry) -> int:
    """When a new key, pack, or key or passkey of staff takes effect: at once with two officers, else after 24 h."""
    officers = {one["officer"] for one in entry.auth if "officer" in one}
    return entry.at if len(officers) > 1 else entry.at + DAY


def _two_days_before(at: int) -> str:
    return date_of(at // DAY - 2)


_ACTS: dict[str, Callable[[Directory, Entry], None]] = {
    "genesis/1": Directory._genesis,
    "pack-activated/1": Directory._pack_activated,
    "derogation-granted/1": Directory.take_derogation,
    "provider-registered/1": Directory._provider_registered,
    "provider-gap-accepted/1": Directory._gap_accepted,
    SUSPENDED: Directory._provider_suspended,
    RESUMED: Directory._provider_resumed,
    **dict.fromkeys(ATTEMPTS, Directory._attempt),
    "party-registered/1": Directory._party_registered,
    "party-key-changed/1": Directory._party_key_changed,
    "party-suspended/1": Directory._party_suspended,
    "agency-approved/1": Directory._agency_approved,
    "feed-complete/1": Directory._feed_complete,
    "releases-stopped/1": Directory._stopped,
    "releases-resumed/1": Directory._resumed,
    "passkey-added/1": Directory._passkey_added,
    "staff-passkey-added/1": Directory._staff_passkey_added,
    "auditor-key-added/1": Directory._auditor_key_added,
    "passkey-removed/1": Directory._passkey_removed,
    "lookup-decided/1": Directory._lookup_decided,
    "lookup-decided/2": Directory._lookup_decided,
    "officer-role-set/1": Directory.take_role,
    "visit-reported/1": Directory._outcome_reported,
    "opening-refused/1": Directory._opening_refused,
    "opening-refused/2": Directory._opening_refused,
    "outcome-reported/1": Directory._outcome_reported,
}
# What a `Kind` marked `directory` promises.
FOLDED = frozenset(_ACTS)
