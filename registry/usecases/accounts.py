"""A lender's accounts, whom it placed them with, and how complete its feeds are."""

from __future__ import annotations

from registry.errors import ConflictError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.usecases import paging, writing
from registry.usecases.borrowers import ref_exists
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

TERMS = ("liability", "due_since", "balance_minor", "currency", "limitation_until", "state", "as_of")


def open_account(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """`{ref, borrower, liability, due_since, balance_minor, currency, limitation_until, state, as_of}` → the account.

    Raises ConflictError `ref-exists`; NotFoundError for a borrower that is not the lender's.
    """
    assert by.id is not None
    writing.owned(ports, "borrowers", body["borrower"], by)
    place = ports.store.reserve_ref(by.id, "account", body["ref"], new_id(ports.random))
    key = idem["key"] if idem else None
    if place["done"] and (key is None or key != place["key"]):
        raise ref_exists(place["id"])
    entry = {"account": place["id"], "lender": by.id, **{n: v for n, v in body.items() if n != "ref"}}
    try:
        result = writing.append(ports, by, "account-opened/1", entry, idem, entry_id=place["id"])
    except ConflictError as error:
        # The same id with other words: an earlier request with this ref got as far as the vault.
        raise ref_exists(place["id"]) if error.code == "id-conflict" else error from error
    first = ports.store.settle_ref(place["id"], key, ())
    if not first and idem is None:
        raise ref_exists(place["id"])
    return {**shown(ports, by, writing.recorded(result, "account-opened/1")["account"]), **writing.proof_of(result)}


def change(ports: Ports, by: Actor, account: str, body: Body, idem: Idem | None = None) -> Record:
    """`{due_since?, balance_minor?, limitation_until?, state?, as_of?}` → the account as it is now.

    Without `as_of` the day that the lender named last stays.
    """
    found = writing.owned(ports, "accounts", account, by)
    entry = {"account": account, "borrower": found["borrower"], "as_of": found["as_of"], **body}
    result = writing.append(ports, by, "account-changed/1", entry, idem)
    return {**shown(ports, by, account), **writing.proof_of(result)}


def shown(ports: Ports, by: Actor, account: str) -> Record:
    """One account of the lender's."""
    return _view(writing.owned(ports, "accounts", account, by))


def listed(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of the lender's accounts."""
    return paging.listed(ports, "accounts", page, {"lender": by.id}, _view)


def _view(one: Record) -> Record:
    return paging.shown(one, "ref", "borrower", *TERMS, account="id")


def place(ports: Ports, by: Actor, account: str, body: Body, idem: Idem | None = None) -> Record:
    """`{agency, from, until}` (dates) → `{placement, account, agency, from, until, log_index, proof}`."""
    assert by.id is not None
    found = writing.owned(ports, "accounts", account, by)
    placement = new_id(ports.random)
    entry = {"placement": placement, "account": account, "borrower": found["borrower"], "lender": by.id, **body}
    result = writing.append(ports, by, "placed/1", entry, idem, entry_id=placement)
    made = writing.recorded(result, "placed/1")
    return {name: made[name] for name in ("placement", "account", "agency", "from", "until")} | (
        writing.proof_of(result))


def placements(ports: Ports, by: Actor, account: str, page: Page) -> Record:
    """One page of an account's placements."""
    writing.owned(ports, "accounts", account, by)
    return paging.listed(ports, "placements", page, {"account": account}, _placement)


def _placement(one: Record) -> Record:
    return paging.shown(one, "account", "agency", "until", "state", placement="id", **{"from": "starts"})


def recall(ports: Ports, by: Actor, account: str, placement: str, idem: Idem | None = None) -> Record:
    """Ends a placement. Raises NotFoundError, ConflictError where it has ended already."""
    writing.owned(ports, "accounts", account, by)
    found = ports.store.record("placements", placement)
    if found is None or found["account"] != account:
        raise NotFoundError("this account has no such placement")
    entry = {"placement": placement, "account": account, "borrower": found["borrower"]}
    result = writing.append(ports, by, "recalled/1", entry, idem)
    return {"placement": placement, "account": account, **writing.proof_of(result)}


def report_feed(ports: Ports, by: Actor, feed: str, body: Body, idem: Idem | None = None) -> Record:
    """`{complete_through}` → `{feed, complete_through, …}`. Over 60 s in the future: MalformedError."""
    assert by.id is not None
    through = writing.moment(body["complete_through"])
    entry = {"lender": by.id, "feed": feed, "complete_through": through}
    result = writing.append(ports, by, "feed-complete/1", entry, idem)
    return {"feed": feed, "complete_through": through, **writing.proof_of(result)}
