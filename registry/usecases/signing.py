"""Signing a draft that lies ready: by its id, by whoever is an officer, one signature after the other.

What an officer draws up on a page is signed there, or carried to a second officer: the first signature then waits in
our database until the second comes. The vault judges them all when the act is done; a kept one is checked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import ConflictError, MalformedError, NotFoundError
from registry.usecases import acts, writing
from registry.usecases.ports import Ports, Record, WaitingDraft

# What takes effect at once by two signatures, and only after a day by one.
BY_TWO = frozenset({
    "officer-role-set/1", "pack-activated/1", "derogation-granted/1", "party-key-changed/1", "staff-passkey-added/1",
})


def draft(ports: Ports, ident: str) -> Record:
    """A live draft by its id → as `acts.shown`, with `signers` (who signed so far), `by_two` and `done`.

    Raises NotFoundError.
    """
    found = _found(ports, ident)
    return {
        **acts.shown(found.entry, found.expires_at), "signers": [one["officer"] for one in found.signatures],
        "by_two": found.entry["kind"] in BY_TWO, "done": found.auth is not None,
    }


def waiting(ports: Ports) -> list[Record]:
    """Live drafts that some officer signed and that are not done, oldest first."""
    return [
        {"entry": dict(one.entry), "signers": [item["officer"] for item in one.signatures],
         "expires_at": one.expires_at}
        for one in ports.store.waiting_drafts(ports.wall())
    ]


def keep(ports: Ports, ident: str, signature: Mapping[str, Any]) -> None:
    """Keeps an officer's signature until another's comes. Raises UnauthorizedError for one that does not hold."""
    found = _open(ports, ident)
    items = _with(found.signatures, signature)
    ports.vault.call("act-signers", {"entry": {**found.entry, "auth": items}})
    ports.store.keep_signature(ident, signature["officer"], dict(signature))


def done(ports: Ports, ident: str, signature: Mapping[str, Any]) -> Record:
    """Does the act with this signature and those kept before → the vault's result. Raises what the vault refuses."""
    found = _open(ports, ident)
    if set(found.opening) - {*acts.WORDS, acts.BROUGHT}:
        raise ConflictError("this act needs a secret besides: send it to the API again, with `auth`",
                            code="draft-missing")
    items = _with(found.signatures, signature)
    result = writing.append_draft(ports, {**found.entry, "auth": items}, None)
    ports.store.finish_draft(ident, items)
    return result


def _with(kept: Sequence[Mapping[str, Any]], signature: Mapping[str, Any]) -> list[Record]:
    if "officer" not in signature:
        raise MalformedError("a signature says whose it is: send what `officer sign` printed")
    return [*(dict(one) for one in kept if one["officer"] != signature["officer"]), dict(signature)]


def _open(ports: Ports, ident: str) -> WaitingDraft:
    found = _found(ports, ident)
    if found.auth is not None:
        raise ConflictError("this act was done already", code="act-done")
    return found


def _found(ports: Ports, ident: str) -> WaitingDraft:
    found = ports.store.draft(ident, ports.wall())
    if found is None:
        raise NotFoundError("there is no such draft, or its hour is over: begin again")
    return found
