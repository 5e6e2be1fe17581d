"""When nobody is written to: outside the hours in which the packs let him be called, where he lives and where his
line may ring (docs/adr/0030).

What somebody asked for himself and waits for comes at any hour, and so does what warns a borrower of what was done in
his name. All else waits: nothing of it can be acted on at night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.model.catalogue.terms import AT_ANY_HOUR
from registry.model.times import HOUR, MINUTE, local_minute
from registry.policy import FLOOR, Pack, Window, merge
from registry.vault import local
from registry.vault.desk import Desk
from registry.vault.message import USES, Message

NEWS = HOUR  # a use is told while it is news, although its day ended meanwhile
DAY = 1440  # minutes


def quiet_until(desk: Desk, message: Message, at: int) -> int | None:
    """When this message may go out that has to wait, in milliseconds; None where it may go now (POLICY section 4,
    `hours.borrower` and `hours.third_party`).

    The packs are those of the line's region and of where its reader lives; where they leave no hour between them, the
    floor's hold. Without a floor in force there are no hours: it goes. What changes clocks meanwhile is not foreseen:
    who waits asks again.
    """
    if message.template in AT_ANY_HOUR:
        return None
    home = desk.relations.lives(message.borrower.id)
    windows = list(_windows(desk, message, home["residence"], at))
    if not windows:
        return None
    start, end = max(first for first, _ in windows), min(last for _, last in windows)
    if start >= end:
        start, end = windows[0]
    zones = message.to.body.get("zones", ())
    if message.channel is not None or not zones:
        # A mail address has no zones; of a contact's line that has none, the borrower's is the best guess.
        zones = (home["time_zone"], *zones)

    def waits(moment: int) -> int:
        return minutes_until([local_minute(moment, local.offset(zone, moment)) for zone in zones], (start, end))

    used = message.asked_by.at
    if message.template in USES and at - used < NEWS and not waits(used):
        return None
    later = waits(at)
    return at - at % MINUTE + later * MINUTE if later else None


def _windows(desk: Desk, message: Message, residence: str, at: int) -> Iterator[Window]:
    """The hours of the floor, first, and of each pack merged with it; nothing where no floor is in force."""
    floor = desk.directory.pack_at(FLOOR, at)
    if floor is None:
        return
    body = message.to.body
    if message.channel is None:
        # Of a line whose region nobody knows, the borrower's is the best guess, as of its zones.
        regions = [body.get("region", residence), body.get("residence")]
    else:
        regions = [body.get("region"), residence]
    for packs in [(floor,), *((floor, *_packs(desk, region, at)) for region in regions)]:
        params = merge(packs, None).params
        yield params.third_party_hours if message.channel is None else params.borrower_hours


def _packs(desk: Desk, region: str | None, at: int) -> tuple[Pack, ...]:
    """The pack in force in a region, and the larger country's that it is within."""
    pack = None if region is None else desk.directory.pack_for_region(region, at)
    if pack is None:
        return ()
    outer = None if pack.within is None else desk.directory.pack_at(pack.within, at)
    return (pack,) if outer is None else (pack, outer)


def minutes_until(minutes: Sequence[int], window: Window) -> int:
    """How many minutes from now, 0 for now, these local minutes of one moment all lie in the window; where they never
    do, until the first of them does, else the message would wait for ever."""
    for asked in (minutes, minutes[:1]):
        for later in range(DAY):
            if all(window[0] <= (minute + later) % DAY < window[1] for minute in asked):
                return later
    raise AssertionError("a pack's hours begin before they end")
