"""What an auditor reads: lookups with facts, replay and proof, and the entries themselves."""

from __future__ import annotations

from registry.model.entries import Actor
from registry.usecases import paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Ports, Record


def lookups(ports: Ports, page: Page) -> Record:
    """One page of lookups, granted and refused."""
    writing.catch_up(ports)
    return paging.listed(ports, "lookups", page, {}, _view)


def _view(one: Record) -> Record:
    return paging.shown(
        one, "account", "client", "agent", "about", "purpose", "mode", "verdict", "borrower", "contact", "approval",
        "opening", "message", "continues", lookup="id", log_index="place")


def lookup(ports: Ports, by: Actor, id_: str) -> Record:
    """`{lookup, entry, facts, reasons, replay, proof}`. The look is itself an entry. Raises NotFoundError."""
    found = ports.vault.call("audit-lookup", {"by": by.value(), "lookup": id_})
    writing.append(ports, by, "viewed/1", {"what": "lookup", "lookup": id_})
    return found


def entries(ports: Ports, page: Page) -> Record:
    """One page of the log itself: `{index, entry}` from behind the cursor on."""
    found = ports.vault.call("follow", {"after": page.after + 1, "limit": page.limit})
    items = found["entries"]
    more = bool(items) and items[-1]["index"] + 1 < found["size"]
    return {"items": items, "next": paging.cursor_at(items[-1]["index"]) if more else None}
