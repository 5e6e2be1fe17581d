"""Which entries belong to the case of one lookup: what it was decided on, its approvals, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from registry.model.catalogue.calls import ASKED_APPROVAL
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Entry
from registry.policy import History

SETTLED = ("approval-given/1", "approval-refused/1")
COMPLAINT = "complaint-filed/1"
ERASING = ("erasure-requested/1", "erasure-cancelled/1", "erased/1")
# Who looks often must not make a case too large for others: of staff's looks the last ones are in it.
LOOK, MOST_LOOKS = "viewed/", 50
# Members of entries that pin sealed words by a salted commitment.
COMMITMENTS = ("text", "note", "evidence_commitment")


def belonging(decided: Entry, filed: Iterable[Entry], later: Iterable[Entry] = ()) -> list[Entry]:
    """The entries of a case, ascending, the decision among them.

    `filed`: all that is filed under the borrower, before and after; `later`: whatever else came after and may name
    the lookup. What is about another account of the borrower's stays out, but for attempts to reach him, which count
    whatever they were for; so does all that another borrower's contact with the same telephone did. Of staff's looks
    the last 50 are in it.
    """
    filed, found = tuple(filed), {decided.index: decided}
    approvals = approvals_of(decided, filed)
    for entry in filed:
        if entry.index < decided.index and _concerns(entry, decided):
            found[entry.index] = entry
    complaints = {one.id for one in filed if one.kind == COMPLAINT and one.body.get("lookup") == decided.id}
    for entry in (*filed, *later):
        if entry.index > decided.index and _came_of(entry, decided, approvals, complaints):
            found[entry.index] = entry
    looks = [index for index in sorted(found) if found[index].kind.startswith(LOOK)]
    for index in looks[:-MOST_LOOKS]:
        del found[index]
    return [found[index] for index in sorted(found)]


def approvals_of(decided: Entry, filed: Iterable[Entry]) -> frozenset[str]:
    """Approvals that the decision used, or asked for."""
    asked = {one.body["approval"] for one in filed if one.kind in ASKED_APPROVAL and one.body["lookup"] == decided.id}
    used = {decided.body["approval"]} if "approval" in decided.body else set()
    return frozenset(asked | used)


def others_on(decided: Entry, history: History) -> int:
    """How many earlier entries on the lines that the decision read are other people's, and left out."""
    borrower = decided.body.get("borrower")
    found = {one.index for entries in history.lines.values() for one in entries
             if one.body.get("borrower") != borrower}
    found |= {one.index for line in history.lines for one in history.attempts(line) if one.borrower != borrower}
    return sum(index < decided.index for index in found)


def is_erased(filed: Iterable[Entry], subjects: Collection[str | None]) -> bool:
    """Whether an erasure of one of these people was asked for, and not cancelled."""
    erased: set[str] = set()
    for entry in filed:
        if entry.kind in ERASING and entry.body["subject"] in subjects:
            if entry.kind == "erasure-cancelled/1":
                erased.discard(entry.body["subject"])
            else:
                erased.add(entry.body["subject"])
    return bool(erased)


def commitments_in(entries: Iterable[Entry]) -> list[tuple[Entry, str, str]]:
    """(entry, member, commitment) of every sealed text that these entries pin."""
    return [(entry, member, entry.body[member]) for entry in entries for member in COMMITMENTS
            if isinstance(entry.body.get(member), str)]


def _concerns(entry: Entry, decided: Entry) -> bool:
    return entry.kind in ATTEMPTS or entry.body.get("account") in (None, decided.body["account"])


def _came_of(entry: Entry, decided: Entry, approvals: frozenset[str], complaints: set[str]) -> bool:
    body = entry.body
    if decided.id in (body.get("lookup"), body.get("about"), body.get("continues")):
        return True
    if entry.kind in ERASING:
        return body.get("subject") in (decided.body.get("borrower"), decided.body.get("contact"))
    return body.get("approval") in approvals or body.get("complaint") in complaints
