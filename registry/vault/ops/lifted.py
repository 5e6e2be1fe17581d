"""Why a hold was lifted: the officer's words, for the borrower whom it was about."""

from __future__ import annotations

from typing import Any

from registry.errors import MalformedError
from registry.model.shapes import ID_SHAPE, listing, struct
from registry.vault.arguments import B64, Args
from registry.vault.desk import Desk
from registry.vault.keys.keyring import NOTE
from registry.vault.ops.complaints import sealed_text
from registry.vault.ops.sign_in import TOKEN
from registry.vault.ops.table import Op
from registry.vault.signed_in import HIS_OWN, signed_in

STRONG = ("link", *(one for one in HIS_OWN if one != "code"))
MOST = 50


def lifted(desk: Desk, args: Args) -> dict[str, Any]:
    """{reasons: {hold: words}} of those sealed notes that belong to lifted holds of this session's borrowers; others,
    and what is not the note of that hold, are left out. Who holds the telephone alone does not read them:
    UnauthorizedError `session-too-weak`."""
    session = signed_in(desk, args["session"], "borrower", *STRONG)
    notes = {
        entry.body["hold"]: entry.body["note"] for borrower in session.subjects
        for entry in desk.relations.history(borrower) if entry.kind == "hold-lifted/1" and "note" in entry.body
    }
    told = {}
    for one in args["sealed"]:
        if one["hold"] not in notes:
            continue
        try:
            told[one["hold"]] = sealed_text(desk, notes[one["hold"]], one["blob"], NOTE)
        except MalformedError:
            continue  # one damaged note must not close the list: its hold is shown without its reason
    return {"reasons": told}


LIFTED = {
    "lifted-reasons": Op({
        "session": TOKEN, "sealed": listing(struct({"hold": ID_SHAPE, "blob": B64}), MOST),
    }, read=lifted),
}
