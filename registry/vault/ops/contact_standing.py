"""How things stand for somebody who signed in as a contact: whether the number was objected to, with the receipt."""

from __future__ import annotations

from typing import Any

from registry.model.entries import Entry
from registry.model.times import stamp
from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.ops.sign_in import TOKEN
from registry.vault.ops.table import Op
from registry.vault.sessions import session_of


def contact_standing(desk: Desk, args: Args) -> dict[str, Any]:
    """{contacts: {contact: {erased, objected, receipt?, log_index?, objected_at?}}} of a contact's session.

    An objection is one of the line, whoever on it said so; receipt, place and time are of the contact's own.
    Raises NotFoundError `session-unknown`.
    """
    session = session_of(desk, args["session"], "contact")
    found: dict[str, Any] = {}
    for contact in session.subjects:
        registered = desk.relations.entry(contact, "contact-registered/1")
        objections = [one for one in desk.relations.history(registered.body["line"]) if one.kind == "objected/1"]
        own = next((one for one in objections if one.body["contact"] == contact), None)
        found[contact] = {
            "objected": bool(objections), **_receipted(desk, own),
            "erased": desk.relations.is_gone(registered.body["borrower"], contact),
        }
    return {"contacts": found}


def _receipted(desk: Desk, objection: Entry | None) -> dict[str, Any]:
    if objection is None or objection.index >= desk.log.signed:
        return {}
    return {"receipt": desk.receipt("objected", objection, None, "contact", None), "log_index": objection.index,
            "objected_at": stamp(objection.at)}


STANDING = {"contact-standing": Op({"session": TOKEN}, read=contact_standing)}
