"""Reports of contacts: a minor answers there, or somebody else; the contact has died or cannot decide any more."""

from __future__ import annotations

from typing import Any

from registry.model.shapes import ID_SHAPE, words
from registry.vault.arguments import BY, Args, actor_of
from registry.vault.desk import Answer, Desk
from registry.vault.ops.table import IDEMPOTENT, Op, always

SAYS = words("minor", "wrong-person", "deceased", "incapacitated")


def report(desk: Desk, args: Args, at: int) -> Answer:
    """Nobody asks this contact any more, nor whoever answers on that line. The line is the log's own word: nobody
    outside names one. Raises NotFoundError for who has nothing to do with the borrower."""
    by = actor_of(args["by"])
    contact = desk.relations.entry(args["contact"], "contact-registered/1").body
    ident = desk.new_id()
    entry = desk.make("contact-reported/1", {
        "report": ident, "contact": contact["contact"], "borrower": contact["borrower"], "line": contact["line"],
        "says": args["says"],
    }, at, by, ident)
    return desk.answer([entry], report=ident)


def named(desk: Desk, args: Args) -> dict[str, Any]:
    """What the lifting of a report names: {report, contact, borrower, line}. Raises NotFoundError."""
    body = desk.relations.entry(args["report"], "contact-reported/1").body
    return {"named": {name: body[name] for name in ("report", "contact", "borrower", "line")}}


REPORTING = {
    "report-contact": Op({"by": BY, "contact": ID_SHAPE, "says": SAYS, **IDEMPOTENT}, write=report, restricts=always),
    "contact-report": Op({"report": ID_SHAPE}, read=named),
}
