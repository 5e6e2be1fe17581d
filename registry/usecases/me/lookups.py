"""Every lookup about me, granted or refused, in plain words, and the proof that it stands in the log."""

from __future__ import annotations

from registry.model.entries import leaf
from registry.model.times import stamp
from registry.texts import reasons
from registry.texts.pages import LANGUAGES
from registry.tlog.tree import leaf_hash
from registry.usecases import writing
from registry.usecases.me import mine
from registry.usecases.paging import Page
from registry.usecases.ports import Ports, Record
from registry.usecases.sign_in import Session

# What became of a relayed message; that a contact answered is the contact's business, and reads as arrived.
MESSAGES = {"answered": "delivered"}


def listed(ports: Ports, who: Session, page: Page, *, newest: bool = False) -> Record:
    """`{items, next}`: one page of the lookups about me."""
    writing.catch_up(ports)
    # By account: a person has few, and lookups are found by theirs however many there are.
    accounts = tuple(one["id"] for one in ports.store.records("accounts", {"borrower": who.subjects}))
    where = {"account": accounts, "borrower": who.subjects}
    return mine.paged(ports, "lookups", page, where, lambda found: _views(ports, found), newest=newest)


def shown(ports: Ports, who: Session, lookup: str) -> Record:
    """One lookup with `proof`, `key`, `leaf_sha256` and, where it is about nobody else, the `entry` as it stands in
    the log. Raises NotFoundError."""
    writing.catch_up(ports)
    found = mine.one(ports, who, "lookups", lookup)
    return {**_views(ports, [found])[0], **proof(ports, found["place"])}


def brief(ports: Ports, who: Session, lookup: str) -> Record:
    """One lookup without its proof. Raises NotFoundError."""
    writing.catch_up(ports)
    return _views(ports, [mine.one(ports, who, "lookups", lookup)])[0]


def proof(ports: Ports, index: int) -> Record:
    """What a browser needs to check that an entry is in the log: `{log_index, proof, key, leaf_sha256, entry?}`."""
    held = ports.vault.call("entry", {"index": index})
    entry = writing.entry_of(held)
    data = leaf(entry.draft, entry.at)
    found = {
        "log_index": index, "proof": held["proof"], "key": ports.vault.call("keys", {})["log_vkey"],
        "leaf_sha256": leaf_hash(data).hex(),
    }
    # Hashes of leaves are public. Whoever knew every other member of an entry, the random id of the contact's line
    # too, could try which reasons give its hash: so an entry that names a line is never shown in full.
    hidden = "line" in entry.body or reasons.CONTACT_SIDE in reasons.to_borrower(entry.body.get("reasons", ()))
    return found if hidden else {**found, "entry": data.decode("utf-8")}


def _views(ports: Ports, found: list[Record]) -> list[Record]:
    names = mine.names(ports, (one["client"] for one in found))
    return [_view(one, names) for one in found]


def _view(one: Record, names: dict[str, str]) -> Record:
    codes = reasons.to_borrower(one["reasons"] or ()) if one["verdict"] == "deny" else []
    members = ("borrower", "account", "agent", "about", "purpose", "mode", "verdict", "opening")
    message = one["message"] and MESSAGES.get(one["message"], one["message"])
    return {
        "lookup": one["id"], "at": stamp(one["decided_at"]), **{name: one[name] for name in members},
        # A client that is no registered party has no name; its id says that it was somebody.
        "asked_by": {"party": one["client"], "name": names.get(one["client"], one["client"])},
        **({"message": message} if message else {}),
        "reasons": codes, "in_words": {language: reasons.sentences(codes, language) for language in LANGUAGES},
    }
