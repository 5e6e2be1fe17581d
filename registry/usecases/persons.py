"""Whose debt it is and who people are, as lenders, agencies and officers say it: assignment, liability, a move, holds
by an agency, reports of contacts."""

from __future__ import annotations

from registry.errors import MalformedError, NotFoundError
from registry.model.entries import Actor
from registry.model.ids import new_id
from registry.model.times import stamp
from registry.model.zones import needs_zone, zone_fits, zones_of_region
from registry.usecases import acts, borrowers, collecting, paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record


def assign(ports: Ports, by: Actor, account: str, body: Body, idem: Idem | None = None) -> Record:
    """`{assignee?}` → `{account, assignee?, log_index, proof}`: another creditor's from here on.

    Raises NotFoundError, ConflictError `account-assigned`, MalformedError `party-unknown`.
    """
    writing.owned(ports, "accounts", account, by)
    result = writing.write(ports, "assign-account", {"by": by.value(), "account": account, **body}, idem)
    return {"account": account, **body, **writing.proof_of(result)}


def liable(ports: Ports, by: Actor, account: str, body: Body, idem: Idem | None = None) -> Record:
    """`{liability, loan?}` → `{account, liability, loan?, log_index, proof}`. `loan`: the first account of the same
    loan, another person's. Raises NotFoundError, MalformedError `loan-unknown`, ConflictError `loan-known`."""
    found = writing.owned(ports, "accounts", account, by)
    entry = {"account": account, "borrower": found["borrower"], "lender": by.id, **body}
    result = writing.append(ports, by, "liability-changed/1", entry, idem)
    return {"account": account, **body, **writing.proof_of(result)}


def move(ports: Ports, by: Actor, borrower: str, body: Body, idem: Idem | None = None) -> Record:
    """`{residence?, time_zone?, languages?}` → the borrower as he is now. For the look-back the packs of the place he
    left hold besides. Raises MalformedError `time-zone-missing` and `time-zone-unknown`."""
    writing.owned(ports, "borrowers", borrower, by)
    entry = {"borrower": borrower, "lender": by.id, **body}
    if "residence" in body:
        entry["time_zone"] = _zone(body["residence"], body.get("time_zone"))
    result = writing.append(ports, by, "borrower-changed/1", entry, idem)
    return {**borrowers.shown(ports, by, borrower), **writing.proof_of(result)}


def _zone(residence: str, named: str | None) -> str:
    """The time zone of a residence; which, must be said where it keeps several."""
    if not zones_of_region(residence):
        raise MalformedError("/residence is no region we know: give one of ISO 3166, as in CN or US-MA",
                             pointer="/residence")
    if named is None and needs_zone(residence):
        raise MalformedError("/residence keeps several times: give /time_zone, as in America/Denver",
                             pointer="/time_zone", code="time-zone-missing")
    if named is not None and not zone_fits(residence, named):
        raise MalformedError("/time_zone is not kept at /residence: give one that is, as in America/Denver",
                             pointer="/time_zone", code="time-zone-unknown")
    return named or zones_of_region(residence)[0]


def hold(ports: Ports, by: Actor, account: str, body: Body, idem: Idem | None = None) -> Record:
    """`{type}` by the agency that the account is placed with → `{hold, type, log_index, proof}`: at once, for this
    account, or for every one where the kind is about the person. Raises NotFoundError as `GET /v1/accounts`."""
    collecting.account(ports, by, account)
    found = ports.store.record("accounts", account)
    if found is None:
        raise NotFoundError("there is nothing of yours with this id")
    ident = new_id(ports.random)
    entry = {"hold": ident, "borrower": found["borrower"], "account": account, "type": body["type"]}
    result = writing.append(ports, by, "hold-placed/1", entry, idem, entry_id=ident)
    made = writing.recorded(result, "hold-placed/1")
    return {"hold": made["hold"], "account": account, "type": made["type"], **writing.proof_of(result)}


def report(ports: Ports, by: Actor, contact: str, body: Body, idem: Idem | None = None) -> Record:
    """`{says}` of a contact, by its lender → `{report, contact, says, log_index, proof}`: nobody asks again."""
    writing.owned(ports, "contacts", contact, by)
    return reported(ports, by, contact, body["says"], idem)


def reported(ports: Ports, by: Actor, contact: str, says: str, idem: Idem | None) -> Record:
    """The same by anyone; which line it is, the vault finds."""
    args = {"by": by.value(), "contact": contact, "says": says}
    result = writing.write(ports, "report-contact", args, idem)
    made = writing.recorded(result, "contact-reported/1")
    return {name: made[name] for name in ("report", "contact", "says")} | writing.proof_of(result)


def reports(ports: Ports, page: Page) -> Record:
    """One page of reports of contacts, of every borrower; of each only who said it by role."""
    writing.catch_up(ports)
    return paging.listed(ports, "contact_reports", page, {}, lambda one: {
        **paging.shown(one, "borrower", "contact", "says", "by_role", "state", report="id"), "at": stamp(one["at"])})


def lift_report_draft(ports: Ports, by: Actor, report_id: str, body: Body, once: str | None = None) -> Record:
    """`{note}` → what to sign for lifting a report. Raises NotFoundError; ConflictError `own-word` at the signing for
    what the contact said in person."""
    result = ports.vault.call("contact-report", {"report": report_id})
    return acts.draft(ports, by, _path(report_id), body,
                      lambda: acts.Proposal("contact-report-lifted/1", result["named"]), once=once)


def lift_report(ports: Ports, by: Actor, report_id: str, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{report, log_index, proof}`."""
    return {"report": report_id, **writing.proof_of(acts.sign_off(ports, by, _path(report_id), body, idem))}


def _path(report_id: str) -> str:
    return f"/v1/contact-reports/{report_id}/lift"
