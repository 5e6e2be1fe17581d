"""That the web tier holds something else than the log says: the alarm `store-differs`.

The vault sees it itself in what comes along with a lookup; of all the rest the web tier says so, which walks along
the log and compares. What does not fit is never opened, alarm or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registry.errors import NotFoundError
from registry.model.alarms import DIFFERS, MOST_DIFFERING
from registry.model.entries import Entry
from registry.model.registering import CHANNEL, CONTACT, REGISTERING
from registry.model.times import HOUR
from registry.vault import opening
from registry.vault.alarming import raise_alarm
from registry.vault.desk import Desk
from registry.vault.judging import Judged
from registry.vault.opening import Blobs, Registered
from registry.vault.relations import is_erased

ON_ITS_WAY = HOUR  # for so long a sealed value may not have arrived: the web tier died, and its caller repeats


def told(desk: Desk, at: int, changed: list[str], absent: list[str]) -> list[Entry]:
    """The alarms about what the web tier found: entries whose rows or values are others, and those of which a value
    is not there. An id that registers nothing is passed over: the other chores of the same call are not undone."""
    missing = [one for one in _registered(desk, absent) if at - one.at > ON_ITS_WAY]
    return _raised(desk, at, [*_registered(desk, changed), *missing])


def added(desk: Desk, at: int, rows: int, of: list[str]) -> list[Entry]:
    """The alarms about `rows` of the web tier's that no entry made: of each whom they name and who is registered; one
    without `about` where none is about any of these, erased as they are, or nobody."""
    named = list(_registered(desk, of))
    raised, alarms = _raised(desk, at, named), desk.ledger.alarms
    if raised or any(alarms.is_open(DIFFERS, {"about": one.id}) for one in named):
        return raised
    return [] if alarms.how_many(DIFFERS) >= MOST_DIFFERING else raise_alarm(desk, at, DIFFERS, count=rows)


def _registered(desk: Desk, ids: Iterable[str]) -> Iterator[Entry]:
    for one in ids:
        try:
            yield desk.relations.entry(one, *REGISTERING)
        except NotFoundError:
            continue


def offered(desk: Desk, judged: Judged, blobs: Blobs, fitting: Registered, at: int) -> list[Entry]:
    """The alarms about sealed values that came along whole with a lookup and are not those registered, and about
    those that a permit needs and that did not come along: rows that somebody added may stand before their own."""
    own = blobs.get(judged.history.borrower or "", {})
    needed = opening.needed(judged.decision) if judged.decision.verdict == "permit" else ()
    nothing_else = len(fitting) == len(own) + len(blobs) - (judged.history.borrower in blobs)
    if nothing_else and all(one in fitting for one in needed):
        return []
    return _raised(desk, at, [
        one for one in judged.history.entries if one.kind in (CONTACT, CHANNEL) and one.id not in fitting and (
            (one.kind == CONTACT and {"name", "number"} <= set(blobs.get(one.id, ())))
            or (one.kind == CHANNEL and one.id in own)
            or (one.id in needed and at - one.at > ON_ITS_WAY))
    ])


def _raised(desk: Desk, at: int, entries: list[Entry]) -> list[Entry]:
    """One alarm for each, as many as there is room for. What is made here is open only once the call is over."""
    room = MOST_DIFFERING - desk.ledger.alarms.how_many(DIFFERS)
    raised = list[Entry]()
    for one in {entry.id: entry for entry in entries}.values():
        if len(raised) >= room:
            break  # and no history more is read
        borrower = one.body["borrower"]
        history = desk.relations.history(borrower)
        if not (is_erased(history, borrower) or is_erased(history, one.id)):
            raised += raise_alarm(desk, at, DIFFERS, about=one.id)
    return raised
