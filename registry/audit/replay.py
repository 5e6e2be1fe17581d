"""Makes every decision of a log again, from its entries alone, and stops at the first lie (P9).

For each entry: 1. it is canonical, of a known kind and shape, with an id of its own; 2. `logged_at` never goes back;
3. genesis comes first and once; 4. the signatures that its kind needs hold; 5. packs and outcome classes are what
their texts and tables say; 6. a decision names its own index and has exactly the verdict, reasons, packs, contact,
line, approval and expiry that the rules it names give for the entries before it; 7. a permit was kept closed only
where a restriction came before anybody used it, or it was a message whose address was never given out, and opened
again only where none had and it had not expired.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from registry.audit.derogating import derogation
from registry.audit.dialled import check_ticket, dial_checked
from registry.audit.filed import MOST_KEPT, Filed
from registry.audit.judging import judged, still_open
from registry.audit.reader import Progress, no_progress
from registry.audit.report import ReplayReport
from registry.errors import ConsentryError, IntegrityError
from registry.model.briefs import Brief
from registry.model.catalogue import KINDS
from registry.model.catalogue.calls import BROKERED, DECIDED
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.catalogue.terms import RELAYED
from registry.model.entries import Draft, Entry, entry_of
from registry.model.kinds import kind_of
from registry.model.times import MINUTE, date_of, parse_stamp, stamp
from registry.policy import (
    RULES,
    Decision,
    Directory,
    OutcomeTable,
    Readings,
    gather,
    read_pack,
    restricted_since,
    zones_of,
)
from registry.policy.facts import Facts
from registry.vault.authority import check_signatures

STEP = 1_000


def replay(
    leaves: Iterable[bytes], *tables: OutcomeTable, progress: Progress = no_progress, size: int = 0,
) -> ReplayReport:
    """Replays leaves in log order. `tables`: the outcome tables this version knows. `size`, if known, is for the
    progress bar alone. Errors of the iterable itself (a log that does not verify) pass through."""
    memory = Memory(tables)
    for index, leaf in enumerate(leaves):
        try:
            memory.take(index, leaf)
        except (ConsentryError, KeyError) as error:
            why = error.detail if isinstance(error, ConsentryError) else f"lacks {error}"
            return ReplayReport(memory.directory.origin, index, memory.decisions, index, why, memory.dial_checks)
        if index % STEP == 0:
            progress(index, size)
    progress(memory.directory.size, size)
    return ReplayReport(memory.directory.origin, memory.directory.size, memory.decisions,
                        dial_checks=memory.dial_checks)


class Memory:
    """The log so far, as the policy reads it."""

    def __init__(self, tables: Sequence[OutcomeTable]) -> None:
        self.directory = Directory()
        self.decisions = self.dial_checks = 0
        self._tables = {one.sha256: one for one in tables}
        self.filed = Filed()
        self.readings = Readings(most=MOST_KEPT)
        self._at = 0

    def borrower_of(self, account: str) -> str | None:
        """The borrower of an account opened so far."""
        return self.filed.borrower_of(account)

    def histories(self, ids: Collection[str]) -> Mapping[str, Sequence[Entry]]:
        """Entries so far under each id, but attempts."""
        return self.filed.histories(ids)

    def attempts(self, ids: Collection[str]) -> Mapping[str, Sequence[Brief]]:
        """Attempts so far under each id."""
        return self.filed.attempts(ids)

    def take(self, index: int, leaf: bytes) -> None:
        """Checks the next leaf and remembers it. Raises ConsentryError saying what is wrong."""
        entry = entry_of(index, leaf)
        draft = entry.draft
        self._check_form(entry, draft)
        check = CHECKS.get(entry.kind)
        if check is not None:
            check(self, entry)
        if index == 0:
            self.directory.fold(entry)
        check_signatures(draft, self.directory, entry.at, decoded=True)
        if index > 0:
            self.directory.fold(entry)
        self.filed.add(entry, leaf)
        if entry.kind in USES:
            self.filed.use(entry.body["lookup"])
        elif entry.kind == "address-opened/1" and entry.body["template"] in (RELAYED, BROKERED):
            self.filed.use(entry.body["about"])

    def _check_form(self, entry: Entry, draft: Draft) -> None:
        kind_of(draft, KINDS)
        if self.filed.knows(entry.id):
            raise IntegrityError("its id was used before")
        if entry.at < self._at:
            raise IntegrityError("logged_at goes back")
        self._at = entry.at
        if (entry.kind == "genesis/1") != (entry.index == 0):
            raise IntegrityError("genesis is entry 0, and only entry 0")

    def account_opened(self, entry: Entry) -> None:
        """An account belongs to one borrower for ever."""
        if self.filed.open_account(entry.body["account"], entry.body["borrower"]) != entry.body["borrower"]:
            raise IntegrityError("the account was another borrower's")

    def packs(self, entry: Entry) -> None:
        """A pack's text is one, and has the digest that is named; no floor loosens the one before."""
        for one in entry.body["packs"] if entry.index == 0 else (entry.body,):
            pack = read_pack(one["text"])
            if pack.id.value() != {key: one[key] for key in ("name", "version", "sha256")}:
                raise IntegrityError("a pack's name, version or digest is not that of its text")
            if self.directory.loosened_by(pack):
                raise IntegrityError("another floor may only tighten")

    def clock_advanced(self, _entry: Entry) -> None:
        """Only a demo's clock can be moved."""
        if not self.directory.demo:
            raise IntegrityError("the clock of a real log was moved")

    def attempt(self, entry: Entry) -> None:
        """The class is what the table says of the raw cause; the local time is that of the claimed beginning."""
        body = entry.body
        table = self._tables.get(body["table"]["sha256"])
        if table is None or table.value() != body["table"]:
            raise IntegrityError("it was mapped with an outcome table that this version does not know")
        provider = self.directory.providers.get(body["provider"])
        if provider is not None and provider.adapter != table.name:
            raise IntegrityError("it was mapped with the outcome table of another kind of provider")
        allowed = {table.classify(body["cause"], body.get("ring_seconds"), body["direction"])}
        if body["direction"] == "inbound" and "channel" not in body:
            allowed.add(table.classify(body["cause"], body.get("ring_seconds")))
        if body["class"] not in allowed:
            raise IntegrityError("the class is not what the outcome table says of the cause")
        for local in (*([body["local"]] if "local" in body else ()), *body.get("line_local", ())):
            if "began_at" not in body:
                raise IntegrityError("local time without began_at")
            told = (parse_stamp(body["began_at"]) + local["offset"] * MINUTE) // MINUTE
            if (local["date"], local["minute"]) != (date_of(told // 1440), told % 1440):
                raise IntegrityError("the local date or minute is not that of began_at")
        check_ticket(self, entry)

    def lookup_decided(self, entry: Entry) -> None:
        """The decision made again is the decision logged."""
        body = entry.body
        self.decisions += 1
        if body["as_of"] != entry.index or body["lookup"] != entry.id:
            raise IntegrityError("as_of or lookup is not its own")
        if body["rules"] not in RULES:
            raise IntegrityError("it was decided by rules that this version does not know")
        offsets = {one["zone"]: one["minutes"] for one in body["offsets"]}
        history = gather(self, body["account"])
        if [one["zone"] for one in body["offsets"]] != sorted(zones_of(history)):
            raise IntegrityError("the offsets are not those of the zones that it is judged in")
        facts, decision = judged(self, history, body, entry.at, offsets, readings=self.readings)
        expected = _expected(decision, facts, history.borrower, body["system"])
        for name, value in expected.items():
            if body.get(name) != value:
                was, gives = _shown(body.get(name)), _shown(value)
                raise IntegrityError(f"{name} is {was}, but the entries before it give {gives}")

    def opening_refused(self, entry: Entry) -> None:
        """A use is given back only before anybody spoke of the use, or a message's address was given out; what is
        opened in the round that decides, only where a number was restricted, or channels would be refused, since."""
        permit = self._permit_of(entry)
        body, given = entry.body, permit.body
        if (body.get("line"), body["agency"]) != (given.get("line"), given["client"]):
            raise IntegrityError("its line and agency are not those of the permit")
        if self.filed.is_used(permit.id):
            raise IntegrityError("it gives back a use that had taken place")
        if given["mode"] not in LATER and self._stands(permit, entry.at):
            raise IntegrityError("nothing came between the permit and its opening")
        self.filed.end(permit.id)

    def redelivered(self, entry: Entry) -> None:
        """A permit is opened again only while it lasts and nothing restricts it; channels, while they would be
        given."""
        permit = self._permit_of(entry)
        if entry.at >= parse_stamp(permit.body["expires_at"]) or not self._stands(permit, entry.at):
            raise IntegrityError("the permit was opened again after it had ended")

    def call_bound(self, entry: Entry) -> None:
        """A bridge connects nobody but the contact of a permit of a call, and no longer than it lasts."""
        body, given = entry.body, self._permit_of(entry).body
        same = (given["mode"], given.get("contact"), given.get("line")) == ("call", body["contact"], body["line"])
        if not same or body["expires_at"] > given["expires_at"]:
            raise IntegrityError("it connects what no permit allows")

    def _permit_of(self, entry: Entry) -> Entry:
        permit = self.filed.entry(entry.body["lookup"])
        if (permit is None or permit.kind not in DECIDED or permit.body["verdict"] != "permit"
                or permit.body["borrower"] != entry.body["borrower"] or self.filed.is_ended(permit.id)):
            raise IntegrityError("there is no such permit")
        return permit

    def _stands(self, permit: Entry, at: int) -> bool:
        """Nothing that is said about contacts takes the borrower's own channels away: they are judged anew."""
        if permit.body["about"] != "contact":
            return still_open(self, permit, at)
        return not restricted_since(gather(self, permit.body["account"]), permit.index, permit.body["client"])


def _expected(
    decision: Decision, facts: Facts, borrower: str | None, system: Sequence[str],
) -> dict[str, object]:
    """What the entry must say; None for a member that must be absent."""
    permitted = decision.verdict == "permit" and not system
    return {
        "verdict": "permit" if permitted else "deny", "reasons": list(decision.codes), "contact": decision.contact,
        "line": decision.line, "approval": decision.approval, "packs": [one.value() for one in decision.packs],
        "borrower": borrower, "lender": facts.lender, "local_date": facts.local_date,
        "expires_at": stamp(decision.expires_at) if permitted and decision.expires_at is not None else None,
    }


def _shown(value: object) -> str:
    return "absent" if value is None else str(value)


CHECKS: dict[str, Callable[[Memory, Entry], None]] = {
    "genesis/1": Memory.packs, "pack-activated/1": Memory.packs, "account-opened/1": Memory.account_opened,
    "demo-clock-advanced/1": Memory.clock_advanced, **dict.fromkeys(ATTEMPTS, Memory.attempt),
    **dict.fromkeys(DECIDED, Memory.lookup_decided), "opening-refused/1": Memory.opening_refused,
    "opening-refused/2": Memory.opening_refused, "derogation-granted/1": derogation,
    "dial-checked/1": dial_checked,
    "lookup-redelivered/1": Memory.redelivered, "call-bound/1": Memory.call_bound,
}
# Entries that say that a number was used.
USES = frozenset((
    "lookup-redelivered/1", "outcome-reported/1", "use-told/1", "message-relayed/1", "visit-reported/1",
))
# Modes in which nothing is opened in the round that decides: hours lie between, and a refusal may come at any time.
LATER = frozenset(("message", "call"))
