"""Officers' acts in two steps: a draft to read and sign, then the same request with the signatures.

The draft is found again by who asks, the path, and the body; free words and secrets are no part of that
fingerprint, so that no guessable hash of them lies in the database. That the words are the same, a mark says, which
only the vault can make. A draft lives one hour of the wall clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.errors import ConflictError, ConsentryError, UnauthorizedError
from registry.model.entries import Actor, Draft, act_challenge, draft_of
from registry.model.ids import new_id
from registry.model.times import HOUR, stamp
from registry.usecases import writing
from registry.usecases.ports import Body, Idem, Ports, Record, StoredDraft

LIFE = HOUR
HIDDEN = ("note", "secret", "reason")
WORDS = ("note", "reason")
BROUGHT = "brought"  # in an opening: the salt of a secret that the courier was given as the draft was drawn up


@dataclass(frozen=True, slots=True)
class Proposal:
    """The entry that an act would be. `opening` is what a commitment in it can be opened with, kept until signed."""

    kind: str
    body: Body
    opening: Mapping[str, str] = field(default_factory=dict)
    entry_id: str | None = None


Propose = Callable[[], Proposal]


def draft(
    ports: Ports, by: Actor, path: str, body: Body, propose: Propose, *, once: str | None = None
) -> Record:
    """The first step → `{entry, to_sign, challenge, expires_at}`. Asked again within the hour, the same draft; with
    free words only where the form that brings them is the same and says the same: it holds `once`."""
    known, marks = _drafts(ports, by, path, body), _marks(ports, body)
    ident = None if once is None else _id_from(by, path, body, marks, once)
    for one in known:
        if one.entry["id"] == ident:
            return shown(one.entry, one.expires_at)  # also one that is done: its page says so
    proposal = propose()
    if not any(name in body for name in HIDDEN):
        for one in known:
            if one.auth is None:
                return shown(one.entry, one.expires_at)
    content = dict(proposal.body)
    if "note" in body:
        content["note"] = seal_note(ports, body["note"])
    entry = Draft(proposal.entry_id or ident or new_id(ports.random), proposal.kind, by, content).value()
    at = ports.wall()
    assert by.id is not None
    fingerprint, opening = _fingerprint(path, body), {**proposal.opening, **marks}
    ports.store.keep_draft(by.id, fingerprint, entry, opening, expires_at=at + LIFE, at=at)
    # Of two at one moment the first is kept, with the note that it pins.
    first = next((one for one in _drafts(ports, by, path, body) if one.entry["id"] == ident), None)
    return shown(entry, at + LIFE) if first is None else shown(first.entry, first.expires_at)


def drawn(ports: Ports, by: Actor, path: str, body: Body) -> StoredDraft | None:
    """A draft of exactly this that still lives, also one that is done."""
    return next(iter(_drafts(ports, by, path, body)), None)


def sign_off(
    ports: Ports, by: Actor, path: str, body: Body, idem: Idem | None, *,
    before: Callable[[Record, Record], None] | None = None,
) -> Record:
    """The second step: the same body with `auth`. Returns the vault's result.

    `before(entry, opening)` runs once the draft is found and before the vault is asked. Raises ConflictError
    `draft-missing`, `act-done` where it was done with other words; UnauthorizedError without `auth` or for a
    signature that does not hold.
    """
    auth: Sequence[Mapping[str, Any]] = body.get("auth", ())
    if not auth:
        raise UnauthorizedError("this act is signed: ask with ?draft=1 for what to sign, then send it with `auth`")
    known = _drafts(ports, by, path, body)
    done, marks = [one for one in known if one.auth == list(auth)], _marks(ports, body)
    refused: ConsentryError = ConflictError(
        "there is no draft of exactly this body (a note is part of it), or its hour is over: ask again with ?draft=1",
        code="draft-missing")
    # Drafts that differ only in free words or a secret look alike here: the signatures say which is meant.
    for one in done or [one for one in known if one.auth is None]:
        if any(one.opening.get(name, mark) != mark for name, mark in marks.items()):
            if done:
                raise ConflictError("this act was done already, with another note or reason", code="act-done")
            continue
        try:
            if before is not None:
                before(one.entry, one.opening)
            result = writing.append_draft(ports, {**one.entry, "auth": [dict(item) for item in auth]}, idem)
        except (ConflictError, UnauthorizedError) as error:
            if error.code not in ("draft-missing", "signature-invalid"):
                raise
            refused = error
            continue
        ports.store.finish_draft(one.entry["id"], auth)
        return result
    raise refused


def to_sign(entry: Mapping[str, Any]) -> str:
    """What an officer signs: base64url without padding of the entry's canonical bytes."""
    return _b64url(draft_of(dict(entry)).to_sign())


def challenge(entry: Mapping[str, Any]) -> str:
    """What a passkey signs in place of it (WebAuthn level 3, 5.8.1): SHA-256 of the act's message, in base64url."""
    return _b64url(act_challenge(draft_of(dict(entry)).to_sign()))


def shown(entry: Mapping[str, Any], expires_at: int) -> Record:
    """A draft as its officer sees it. `expires_at`: wall-clock milliseconds."""
    return {"entry": dict(entry), "to_sign": to_sign(entry), "challenge": challenge(entry),
            "expires_at": stamp(expires_at)}


def _marks(ports: Ports, body: Body) -> dict[str, str]:
    """Of the free words in a request the vault's marks, by member: equal for equal words."""
    return {name: ports.vault.call("seal-note", {"text": body[name], "use": "note"})["mark"]
            for name in WORDS if name in body}


def _id_from(by: Actor, path: str, body: Body, marks: Mapping[str, str], once: str) -> str:
    """The id of what a form asks for: `once` is random, and other words in the same form make another act."""
    parts = [by.id, path, _fingerprint(path, body), dict(marks), once]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("ascii")).hexdigest()[:32]


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _drafts(ports: Ports, by: Actor, path: str, body: Body) -> Sequence[StoredDraft]:
    assert by.id is not None
    return ports.store.drafts(by.id, _fingerprint(path, body), ports.wall())


def seal_note(ports: Ports, text: str, use: str = "note") -> str:
    """The commitment to free words, or to the `address` of a resolution, which are kept sealed for that use."""
    sealed = ports.vault.call("seal-note", {"text": text, "use": use})
    ports.store.keep_note(sealed["commitment"], base64.b64decode(sealed["blob"]))
    commitment: str = sealed["commitment"]
    return commitment


def _fingerprint(path: str, body: Body) -> str:
    open_ = {name: True if name in HIDDEN else value for name, value in body.items() if name != "auth"}
    text = json.dumps([path, open_], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
