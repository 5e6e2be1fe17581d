"""Carrying out erasures: the entry first, then the key, then whatever line nothing speaks for any more.

The entry is durable before the key goes, so that no key is ever gone without the log saying so; the key goes at the
next chore, half a second later, or at the next start before anything is answered. After a start nobody is believed:
the keys of everybody whom the log calls erased are looked for once more, because keys.db can come from a backup.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.errors import IntegrityError
from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry
from registry.model.times import DAY
from registry.policy import reports_of, restricts
from registry.vault.alarming import raise_alarm
from registry.vault.desk import Desk
from registry.vault.erasures import ALARM, BURST, Asked
from registry.vault.relations import of_kind

AT_ONCE = 20  # subjects, or persons' lines, of one chore
# A cap counts permits; no shipped pack looks back further (docs/adr/0018).
CAPPED_FOR = 400 * DAY
# What somebody on the line said, or was reported to be: it holds for ever, where it restricts.
SAID = ("objected/1", "outcome-reported/1", "message-answered/1", "use-answered/1", "call-recorded/1")
ADDED = ("channel-added/1", "contact-registered/1")
NEWEST = 64  # registrations whose keys and lines a start looks for


def destroy_due(desk: Desk, at: int) -> list[Entry]:
    """Destroys what earlier entries say is destroyed, then says so of those whose 72 hours are over.

    Nothing while a burst of requests waits for an officer.
    """
    erasures = desk.ledger.erasures
    # Chores can be asked for twice in one round: what that has written so far may yet be lost.
    if desk.log.size == desk.log.signed:
        if erasures.owed:
            desk.keys.destroy(tuple(erasures.owed))
            erasures.owed.clear()
        _release_lines(desk, at)
    if erasures.bursting:
        return raise_alarm(desk, at, ALARM, count=BURST + 1)
    return [entry for one in erasures.due(at, AT_ONCE) for entry in _erase(desk, one, at)]


def replay(desk: Desk) -> int:
    """At start, before anything is answered: destroys the keys of all who are erased. How many were there.

    Raises IntegrityError when keys.db is older than the log: lines that it does not know would begin anew, without
    the objections and caps on them.
    """
    erasures = desk.ledger.erasures
    erasures.believe_nothing()
    found = desk.keys.destroy(tuple(erasures.owed))
    erasures.owed.clear()
    _check_newest(desk)
    return found


def _erase(desk: Desk, asked: Asked, at: int) -> Iterator[Entry]:
    """Of a borrower also the contacts: without the borrower nobody may ask for them, and nobody reaches them here."""
    gone = desk.ledger.erasures.erased
    subjects = [(asked.role, asked.subject)]
    if asked.role == "borrower":
        named = of_kind(desk.relations.history(asked.borrower), "contact-registered/1", "contact")
        subjects += [("contact", one) for one in sorted(named)]
    for role, subject in subjects:
        if subject not in gone:
            yield desk.make("erased/1", {
                "subject": subject, "role": role, "borrower": asked.borrower, "requested": asked.request,
            }, at)


def _release_lines(desk: Desk, at: int) -> None:
    erasures = desk.ledger.erasures
    for _ in range(AT_ONCE):
        found = erasures.next_lines(at)
        if found is None:
            return
        subject, borrower = found
        held = [_is_held(desk, line, at) for line in sorted(_lines_of(desk, subject, borrower))]
        if any(held):
            erasures.look_again(at + DAY, subject, borrower)


def _lines_of(desk: Desk, subject: str, borrower: str) -> set[str]:
    """A contact's line; a borrower's channels, those that contacts told of too."""
    history = desk.relations.history(borrower)
    if subject == borrower:
        return of_kind(history, "channel-added/1", "line")
    return {one.body["line"] for one in history if one.kind == "contact-registered/1" and one.id == subject}


def _is_held(desk: Desk, line: str, at: int) -> bool:
    """Forgets the line if nothing speaks for it. Whether something does for now, so that it is looked at again."""
    history = desk.relations.history(line)
    if any(one.kind in SAID and restricts(one) for one in history):
        return False
    gone = desk.ledger.erasures.erased
    holders = (one.id if one.kind == "contact-registered/1" else one.body["borrower"]
               for one in history if one.kind in ADDED)
    settled = of_kind(history, "complaint-settled/1", "complaint")
    # A report of who answers there holds until an officer lifts it, so its line is looked at again.
    held = bool(reports_of(history)) or any(one not in gone for one in holders) or any(
        (one.kind == "complaint-filed/1" and one.id not in settled)
        or (one.kind in DECIDED and at - one.at < CAPPED_FOR)
        for one in history
    )
    if not held:
        desk.keys.lines.forget(line)
    return held


def _check_newest(desk: Desk) -> None:
    """Of the last registrations, every key and line must be there: they are durable before their entry is."""
    gone = desk.ledger.erasures.erased
    for entry in _newest(desk):
        subject = entry.id if entry.kind in ("contact-registered/1", "borrower-registered/1") else None
        owner = subject or entry.body["borrower"]
        lost = owner not in gone and not desk.keys.has_subject(owner)
        # Of who is erased the line may be forgotten, and rightly.
        if lost or (owner not in gone and "line" in entry.body and not desk.keys.lines.has(entry.body["line"])):
            raise IntegrityError(
                f"the vault's keys are older than its log: the key or the line of entry {entry.index} is missing; "
                "objections and caps would be forgotten with it: restore the newest copy of the keys",
                code="keys-behind",
            )


def _newest(desk: Desk) -> list[Entry]:
    wanted = ("borrower-registered/1", *ADDED)
    size, found = desk.log.size, list[Entry]()
    start = size
    while start > 0 and len(found) < NEWEST and size - start < NEWEST * NEWEST:
        start, end = max(0, start - NEWEST), start
        found += desk.log.entries_where(lambda kind, _data: kind in wanted, start, end)
    return found
