"""One lookup taken out as evidence: a package that the vault makes whole and signs, after an entry that says so.

The web tier relays the bytes. Had it made one of the files, the signature would vouch for what the vault never saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from registry.casefile.attempts import weighed
from registry.casefile.collecting import belonging, is_erased, others_on
from registry.casefile.contents import Case, files_of
from registry.casefile.packing import MANIFEST, SIGNATURE, zipped
from registry.casefile.witnessing import witnessing
from registry.errors import ConflictError, UnavailableError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE, Optional, listing, struct
from registry.model.times import stamp
from registry.policy import gather
from registry.vault import examining
from registry.vault.arguments import B64, BY_PARTY, Args, actor_of, base64_of
from registry.vault.desk import Answer, Desk
from registry.vault.keys.keyring import NOTE
from registry.vault.ops.complaints import sealed_note
from registry.vault.ops.table import Op
from registry.vault.relations import unknown
from registry.vault.sessions import is_staff

LOOKED_THROUGH = 10_000  # entries after the decision that are read for its name: some 50 ms of the vault's thread
MOST_ENTRIES = 500
MOST_BYTES = 720 * 1024  # as base64 in one frame
MOST_OPENED = 20


def case(desk: Desk, args: Args, at: int) -> Answer:
    """`{zip}`: the package of a lookup, base64, for an officer or auditor. `blobs`: sealed words of complaints about
    this very lookup, to be opened into it; each opening is an entry too. Of who asked to be erased nothing is opened.

    Raises NotFoundError, MalformedError `blob-refused`, ConflictError `past-unread` (ask again), `case-too-large`,
    UnavailableError while the decision is not published.
    """
    by = actor_of(args["by"])
    decided = desk.relations.entry(args["lookup"], *DECIDED)
    if by.id is None or not is_staff(desk, by.role, by.id):
        raise unknown()
    examining.judged_then(desk, decided)  # before anything is written: the log may have to be read first
    opened = _opened(desk, decided, args.get("blobs", []))
    entries = [desk.make("viewed/3", {"what": "case", "about": decided.id}, at, by)]
    entries += [desk.make("viewed/2", {"what": "complaint", "about": one}, at, by) for one in opened]
    made = {"by": by.value(), "at": stamp(at), "viewed": entries[0].index}

    def finish(value: dict[str, Any]) -> dict[str, Any]:
        words = dict(opened.values())
        return {**value, "zip": base64_of(_packed(desk, replace(_found(desk, decided), opened=words, made=made)))}

    return replace(desk.answer(entries), finish=finish)


def _opened(desk: Desk, decided: Entry, blobs: list[dict[str, str]]) -> dict[str, tuple[str, bytes]]:
    """(commitment, salt and words) by complaint. Raises NotFoundError for what is not about this lookup."""
    if not blobs or _erased(desk, decided):
        return {}
    found = {}
    for one in blobs:
        filed = desk.relations.entry(one["complaint"], "complaint-filed/1")
        if filed.body.get("lookup") != decided.id or "text" not in filed.body:
            raise unknown()
        commitment = filed.body["text"]
        found[filed.id] = (commitment, sealed_note(desk, commitment, one["blob"], NOTE))
    return found


def _erased(desk: Desk, decided: Entry) -> bool:
    people = [decided.body[name] for name in ("borrower", "contact") if name in decided.body]
    return is_erased(desk.relations.history(*people[:1]), people)


def _found(desk: Desk, decided: Entry) -> Case:
    """The case as the published log tells it."""
    published = desk.log.published
    if decided.index >= published:
        raise UnavailableError("this decision is not published yet: try again", code="log-unavailable")
    people = [decided.body[name] for name in ("borrower", "contact") if name in decided.body]
    filed = [one for subject in people[:1] for one in desk.log.whole(subject) if one.index < published]
    end, needle = min(decided.index + 1 + LOOKED_THROUGH, published), decided.id.encode()
    later = desk.log.entries_where(lambda _, leaf: needle in leaf, decided.index + 1, end)
    chosen = belonging(decided, filed, later)
    if len(chosen) > MOST_ENTRIES:
        raise _too_large()
    genesis = desk.log.entry(0)
    assert genesis is not None
    entries = [genesis, *chosen]
    facts, decision = examining.judged_then(desk, decided)
    again, feeder = examining.replay(desk, decided), desk.log.feeder
    return Case(
        origin=desk.directory.origin, vkey=desk.keys.vkey, decided=decided, entries=entries,
        leaves={one.index: desk.log.leaves(one.index, 1)[0][1] for one in entries},
        proofs={one.index: desk.log.proof(one.index) for one in entries},
        checkpoint=desk.log.checkpoint(), witnesses=witnessing(None if feeder is None else feeder.policy),
        facts=again.facts,
        **weighed(facts, decision.params), verdict=again.verdict, agrees=again.agrees, judged_by="vault",
        packs=_texts(desk, decided), names=_names(desk, entries),
        others=others_on(decided, gather(desk, decided.body["account"])), read_through=end,
        erased=is_erased(filed, people), opened={}, made={},
    )


def _texts(desk: Desk, decided: Entry) -> Mapping[tuple[str, str], str]:
    wanted = {one["sha256"] for one in decided.body["packs"]}
    named = [(pack.id, pack.text) for versions in desk.directory.packs.values() for _, pack in versions]
    named += [(one.name, one.text) for one in desk.directory.derogations]
    return {(name.name, name.version): text for name, text in named if name.sha256 in wanted}


def _names(desk: Desk, entries: list[Entry]) -> dict[str, str]:
    """Names of the parties that the entries speak of; institutions and staff, nobody else has one here."""
    named = {value for one in entries for value in (*one.body.values(), one.by.id) if isinstance(value, str)}
    return {ident: party.name for ident, party in desk.directory.parties.items() if ident in named and party.name}


def _packed(desk: Desk, found: Case) -> bytes:
    files = files_of(found, signed=True)
    files[SIGNATURE] = desk.keys.sign_manifest(files[MANIFEST].decode())
    packed = zipped(files)
    if len(packed) > MOST_BYTES:
        raise _too_large()
    return packed


def _too_large() -> ConflictError:
    return ConflictError("this case is too large to be sent: make it from the log with `registry audit case`",
                         code="case-too-large")


CASES = {"case": Op({
    "by": BY_PARTY, "lookup": ID_SHAPE,
    "blobs": Optional(listing(struct({"complaint": ID_SHAPE, "blob": B64}), MOST_OPENED)),
}, write=case)}
