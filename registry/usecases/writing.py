"""Every write goes to the vault first; what the vault appended is then shown to its author at once."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import ConflictError, IntegrityError, NotFoundError
from registry.model.entries import Actor, Draft, Entry, draft_of
from registry.model.ids import new_id
from registry.model.times import parse_rfc3339, parse_stamp, stamp
from registry.usecases.ports import Body, Idem, Ports, Record

FOLLOW_BATCH = 500


def append(
    ports: Ports, by: Actor, kind: str, body: Body, idem: Idem | None = None, *, entry_id: str | None = None
) -> Record:
    """Appends one entry and projects it. Returns the vault's result; its body says what was recorded."""
    draft = Draft(entry_id or new_id(ports.random), kind, by, body)
    return append_draft(ports, draft.value(), idem)


def append_draft(ports: Ports, draft: Mapping[str, Any], idem: Idem | None) -> Record:
    """Appends an entry in its object form."""
    return write(ports, "append", {"entry": dict(draft)}, idem)


def write(ports: Ports, op: str, args: dict[str, Any], idem: Idem | None) -> Record:
    """Calls an op of the vault that appends; keeps its sealed values and projects its entries."""
    result = ports.vault.call(op, args if idem is None else {**args, "idem": dict(idem)})
    if "blobs" in result:
        ports.store.keep_values(sealed(result))
    show(ports, result)
    return result


def sealed(result: Mapping[str, Any]) -> list[tuple[str, str, bytes]]:
    """The sealed values in a result of the vault: (subject, name, blob)."""
    return [(one["subject"], one["name"], base64.b64decode(one["blob"])) for one in result["blobs"]]


def show(ports: Ports, result: Mapping[str, Any]) -> None:
    """Projects the log up to the entries of a write, so that its author reads it back."""
    own = [entry_of(one) for one in result["entries"]]
    if not own:
        return
    while (cursor := ports.store.cursor()) <= own[-1].index:
        entries = _from(own, cursor)
        if not entries:
            found = ports.vault.call("follow", {"after": cursor, "limit": FOLLOW_BATCH})["entries"]
            entries = [entry_of(one) for one in found]
        if not entries:
            raise IntegrityError("the vault answered a write whose entry it does not show", code="log-inconsistent")
        _project(ports, entries)


def catch_up(ports: Ports) -> None:
    """Projects all that is published: lookups write nothing here, and who heard of an approval looks for it."""
    while found := ports.vault.call("follow", {"after": ports.store.cursor(), "limit": FOLLOW_BATCH})["entries"]:
        entries = [entry_of(one) for one in found]
        _project(ports, entries)


def _project(ports: Ports, entries: Sequence[Entry]) -> None:
    """Projects entries; where a rebuild emptied the projections meanwhile, nothing: the cursor is asked again."""
    try:
        ports.store.project(entries, entries[-1].index + 1)
    except ConflictError as error:
        if error.code != "projection-gap":
            raise


def _from(entries: Sequence[Entry], cursor: int) -> list[Entry]:
    """The entries from the cursor on, if they follow it and each other without a gap."""
    rest = [entry for entry in entries if entry.index >= cursor]
    whole = all(entry.index == cursor + place for place, entry in enumerate(rest))
    return rest if whole else []


def entry_of(one: Mapping[str, Any]) -> Entry:
    """The entry in `{index, entry}`, where `entry` is the leaf's object."""
    leaf = dict(one["entry"])
    return Entry(one["index"], parse_stamp(leaf.pop("logged_at")), draft_of(leaf))


def recorded(result: Mapping[str, Any], kind: str) -> Body:
    """The body of the entry of that kind in a result: also in a repeated answer it says what was recorded first."""
    for one in result["entries"]:
        if one["entry"]["kind"] == kind:
            body: Body = one["entry"]["body"]
            return body
    raise IntegrityError(f"the vault answered without the {kind} that was asked for", code="log-inconsistent")


def proof_of(result: Mapping[str, Any]) -> Record:
    """What every answer to a write carries."""
    return {"log_index": result["log_index"], "proof": result["proof"]}


def owned(ports: Ports, mirror: str, id_: str, by: Actor) -> Record:
    """An object of the asking lender. Raises NotFoundError, the same for unknown and for another lender's."""
    found = ports.store.record(mirror, id_)
    if found is None or found["lender"] != by.id:
        raise NotFoundError("there is nothing of yours with this id")
    return found


def moment(text: str) -> str:
    """A caller's RFC 3339 time in the form of entries. Raises MalformedError."""
    return stamp(parse_rfc3339(text))
