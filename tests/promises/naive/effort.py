"""The borrower was tried, enough and lawfully, and gave no sign of life."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.promises.naive.believing import believed
from tests.promises.naive.channels import Channel, alone, channels_of
from tests.promises.naive.checks import dialled_though_refused, with_a_ticket
from tests.promises.naive.dials import began, began_day, close_dials, unlawful_dials
from tests.promises.naive.law import (
    ATTEMPTS,
    BLOCKS,
    COOLING,
    COUNTS,
    DAY,
    EXISTS,
    LEAST_ATTEMPTS,
    LEAST_DAYS,
    LEAST_PER_LINE,
    LEAST_SPAN,
    MINUTE,
    PICKED_UP,
    PROMPT,
    REFUSAL,
    RING,
    STALE,
    TEXTS,
    WINDOW,
    WORST_FIRST,
)
from tests.promises.naive.life import last_life, refusals
from tests.promises.naive.look import Look, Told, local, when


@dataclass(frozen=True, slots=True)
class Effort:
    """`counted`: attempts that count, in log order; `complete`: the place from which on they were enough, or -1;
    `dead`: channels (line, medium) where nobody is."""

    counted: list[Told]
    complete: int
    dead: set[tuple[str, str]]
    wrong: list[str]


def effort_of(look: Look) -> Effort:
    return look.once(_effort)


def _effort(look: Look) -> Effort:
    channels = [one for one in channels_of(look) if one.personal(look.at)]
    tried = _tried(look)
    if not channels:
        return Effort([], -1, set(), ["there is no way to reach the borrower"])
    fair = _fair(look, channels, tried)
    dead = {(one.line, one.medium) for one in channels if _dead(one, tried, fair)}
    counted = list(_counted(look, channels, fair))
    wrong = [f"{one.medium} was not tried" for one in channels
             if (one.line, one.medium) not in dead and not _covered(one, counted, fair)]
    if len(dead) == len(channels):
        # Every channel is dead: the counts are waived, the span stays.
        bounced = [one for one in fair if one.body["class"] == "dead-address" and _at_one_of(channels, one)]
        complete = _first_place(bounced, _spans)
        counted = bounced
    else:
        complete = _first_place(counted, _enough)
    if complete < 0:
        wrong.append("not tried enough")
    elif look.at - counted[-1].at > STALE:
        wrong.append("tried too long ago")
    return Effort(counted, complete, dead, wrong)


def undeliverable(look: Look) -> bool:
    """Whether every channel of any use is proven dead."""
    dead = effort_of(look).dead
    standing = {(one.line, one.medium) for one in channels_of(look) if one.registered() and one.medium != "post"}
    return bool(dead) and standing <= dead


def effort(look: Look) -> Iterator[str]:
    yield from effort_of(look).wrong
    if any(look.at - one < REFUSAL for one in refusals(look)):
        yield "the borrower refuses"
    disputed = channels_of(look)
    if any(one.body["class"] in BLOCKS and look.at - one.at < COOLING and not _void(disputed, one)
           for one in _tried(look)):
        yield "somebody picked up the other day"


def _void(channels: list[Channel], one: Told) -> bool:
    return any(each.strangers_id(one.body.get("channel")) for each in channels)


def attempts(look: Look) -> list[Told]:
    return look.once(_attempts)


def _attempts(look: Look) -> list[Told]:
    """Every attempt once; of several reports of one the worst."""
    found: dict[tuple[str, str], Told] = {}
    for one in look.mine(*ATTEMPTS, direction="outbound"):
        known = found.setdefault((one.body["provider"], one.body["attempt"]), one)
        if WORST_FIRST.index(one.body["class"]) < WORST_FIRST.index(known.body["class"]):
            found[one.body["provider"], one.body["attempt"]] = one
    return sorted(found.values(), key=lambda one: one.place)


def _tried(look: Look) -> list[Told]:
    """Attempts of the window: since the last sign of life, thirty days after a refusal, since the debt is due."""
    place, until = last_life(look)
    due = "0001-01-01"
    for one in look.mine("account-opened/1", "account-changed/1", account=look.asked["account"]):
        due = one.body.get("due_since", due)
    return [
        one for one in attempts(look)
        if one.place > place and one.at >= until and look.at - one.at <= WINDOW
        and began_day(one) >= date.fromisoformat(due)
    ]


def _fair(look: Look, channels: list[Channel], tried: list[Told]) -> list[Told]:
    """Attempts against which nothing can be said: attested, in sequence, lawful."""
    unlawful = unlawful_dials(attempts(look)) | dialled_though_refused(look, attempts(look))
    whole = _whole(look)
    return [
        one for one in tried
        if one.id not in unlawful and _attested(look, one) and one.body["seq"] <= whole.get(one.body["provider"], 0)
        and not any(_doubted(each, one) for each in channels)
        and not _void(channels_of(look), one) and believed(look, one)
    ]


def _attested(look: Look, one: Told) -> bool:
    body = one.body
    owner = next((each.body for each in look.anywhere("provider-registered/1", provider=body["provider"])), None)
    counts = owner is not None and (
        (body["grade"] == "A" and owner["owner"] in ("registry", "lender", "neutral"))
        or (body["grade"] == "B" and owner["owner"] in ("registry", "neutral")))
    if not counts or "began_at" not in body or "channel" not in body:
        return False
    start = when(body["began_at"])
    prompt = one.at - start <= PROMPT or with_a_ticket(look, one) or (
        one.kind == "attempt-recorded/1" and abs(when(body["signed_at"]) - start) <= PROMPT)
    told = [body.get("local"), *body.get("line_local", ())]
    right = all(each is not None and (each["date"], each["minute"]) == (
        f"{local(start):%Y-%m-%d}", local(start).hour * 60 + local(start).minute) for each in told)
    return prompt and right and timedelta(0) - MINUTE <= one.at - start <= DAY


def _doubted(channel: Channel, one: Told) -> bool:
    return one.body.get("channel") in {each.body["channel"] for each in channel.doubted}


def _whole(look: Look) -> dict[str, int]:
    """For each provider, up to which number its account of attempts has no gap."""
    seen: dict[str, list[tuple[int, datetime, int]]] = {}
    for one in look.anywhere(*ATTEMPTS):
        seen.setdefault(one.body["provider"], []).append((one.body["seq"], one.at, one.place))
    return {provider: _through(look, provider, numbers) for provider, numbers in seen.items()}


def _through(look: Look, provider: str, numbers: list[tuple[int, datetime, int]]) -> int:
    excused = [(one.body["from_seq"], one.body["through_seq"])
               for one in look.anywhere("provider-gap-accepted/1", provider=provider)]
    in_time = set()
    for seq, at, place in numbers:
        later = [when_seen for other, when_seen, there in numbers if other > seq and there < place]
        if not later or at - min(later) <= DAY:
            in_time.add(seq)
    through = 0
    while through + 1 in in_time or any(first <= through + 1 <= last for first, last in excused):
        through += 1
    return through


def _at_one_of(channels: list[Channel], one: Told) -> bool:
    return any(one.body.get("channel") in each.ids() for each in channels)


def _no_dial(channel: Channel, one: Told) -> bool:
    """A text sent to a telephone is no dial."""
    return channel.medium == "voice" and one.body["medium"] != "voice"


def _counted(look: Look, channels: list[Channel], fair: list[Told]) -> Iterator[Told]:
    mailbox: set[date] = set()
    bounced: set[tuple[str, str]] = set()
    close = close_dials(attempts(look))
    mine = {(one.line, one.medium): alone(look, one.line) for one in channels}
    for one in fair:
        channel = next((each for each in channels if one.body["channel"] in each.ids()), None)
        what, key = one.body["class"], channel and (channel.line, channel.medium)
        if channel is None or key is None or what not in COUNTS or one.id in close or _no_dial(channel, one):
            continue
        if not mine[key] or (what == "no-answer" and one.body.get("ring_seconds", -1) < RING):
            continue
        if what in PICKED_UP and (look.at - one.at < COOLING or began_day(one) in mailbox):
            continue
        if what == "dead-address" and key in bounced:
            continue
        if what in PICKED_UP:
            mailbox.add(began_day(one))
        if what == "dead-address":
            bounced.add(key)
        yield one


def _covered(channel: Channel, counted: list[Told], fair: list[Told]) -> bool:
    covers = {one.id for one in counted if one.body["channel"] in channel.ids()}
    covers |= {
        one.id for one in fair if one.body["channel"] in channel.ids() and not _no_dial(channel, one)
        and (one.body["class"] == "household"
             or (one.body["class"] in ("delivered", "busy") and one.body["medium"] in TEXTS))
    }
    return len(covers) >= (LEAST_PER_LINE if channel.medium == "voice" else 1)


def _dead(channel: Channel, tried: list[Told], fair: list[Told]) -> bool:
    """Two bounces two days apart, and nothing in between or since that shows the address to exist."""
    here = [one for one in tried if one.body.get("channel") in channel.ids()]
    alive = max((one.place for one in here if one.body["class"] in EXISTS), default=-1)
    fair_ids = {one.id for one in fair}
    bounces = [one for one in here if one.id in fair_ids and one.body["class"] == "dead-address"
               and one.place > alive and not _no_dial(channel, one)]
    return bool(bounces) and bounces[-1].at - bounces[0].at >= 2 * DAY


def _first_place(counted: list[Told], enough: object) -> int:
    """The place of the first attempt with which there were enough; -1 for none."""
    assert callable(enough)
    for number in range(1, len(counted) + 1):
        if enough(counted[:number]):
            return counted[number - 1].place
    return -1


def _spans(counted: list[Told]) -> bool:
    days = [began_day(one) for one in counted]
    return (max(days) - min(days)).days >= LEAST_SPAN


def _enough(counted: list[Told]) -> bool:
    days = {began_day(one) for one in counted}
    stamped = {local(one.at).date() for one in counted}
    return (len(counted) >= LEAST_ATTEMPTS and min(len(days), len(stamped)) >= LEAST_DAYS and _spans(counted)
            and _three_parts(counted))


def _three_parts(counted: list[Told]) -> bool:
    """Morning, afternoon and evening, each on a day of its own."""
    parts: list[set[date]] = [set(), set(), set()]
    for one in counted:
        hour = local(began(one)).hour
        if 8 <= hour < 21:
            parts[0 if hour < 12 else 1 if hour < 17 else 2].add(began_day(one))
    return any(len(set(days)) == 3 for days in itertools.product(*parts))
