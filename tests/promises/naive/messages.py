"""Whether a message had to leave: what asked for it still stood when the vault gave its address to the courier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.promises.naive import asking, lasting
from tests.promises.naive.channels import channels_of
from tests.promises.naive.law import TEXTS
from tests.promises.naive.look import Look, Told, when
from tests.promises.naive.since import since


def misdirected(log: Sequence[Told], asked: Told, opened: Told) -> list[str]:
    """Why the address opened by `opened`, for the message that `asked` wants, should have stayed closed."""
    before = log[:opened.place]
    found = list(_CHECKS[opened.body["template"]](before, asked, opened))
    if _erased(before, asked.body["borrower"]):
        found.append("the borrower is erased")
    return found


def _erased(before: Sequence[Told], subject: str) -> bool:
    acts = [one for one in before if one.kind in ("erasure-requested/1", "erasure-cancelled/1")
            and one.body["subject"] == subject]
    return bool(acts) and acts[-1].kind == "erasure-requested/1"


def _objected(before: Sequence[Told], line: str) -> bool:
    return any(one.kind == "objected/1" and one.body["line"] == line for one in before)


def _listed(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    contact = asked.body["contact"]
    if _objected(before, asked.body["line"]) or _erased(before, contact):
        yield "the contact does not want to hear"
    if any(one.kind == "contact-informed/1" and one.body["contact"] == contact for one in before):
        yield "the contact was told"


def _invited(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    contact, consent = asked.body["contact"], asked.body["consent"]
    about = [one for one in before if one.body.get("contact") == contact]
    if _objected(before, asked.body["line"]) or _erased(before, contact):
        yield "the contact does not want to hear"
    if any(one.kind == "consent-withdrawn/1" for one in about):
        yield "the contact said no"
    given = [one.place for one in about if one.kind == "consent-given/1"]
    if any(one.kind == "consent-given/1" and one.body["consent"] == consent for one in about):
        yield "the contact agreed"
    if sum(one.kind == "code-sent/1" and one.place > max(given, default=-1) for one in about) >= 2:
        yield "the contact was asked twice, and silence is no"
    if when(asked.body["expires_at"]) < opened.at:
        yield "the question is over"


def _to_borrower(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    look = Look(asked, before, opened.at)
    channels = [one for one in channels_of(look) if opened.body["channel"] in one.ids()]
    if not channels or not channels[0].personal(opened.at):
        yield "the channel is not the borrower's own"
    elif channels[0].medium not in (*TEXTS, "voice"):
        yield "the channel carries no text"


def _used(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    if asked.kind == "message-relayed/1":
        return
    if asked.body["verdict"] != "permit" or asked.body["about"] != "contact" or asked.body["mode"] == "message":
        yield "nothing was used"
    if any(one.kind.startswith("opening-refused/") and one.body["lookup"] == asked.id for one in before):
        yield "nothing was opened"


def _used_contact(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    yield from _used(before, asked, opened)
    if _erased(before, asked.body["contact"]):
        yield "the contact is erased"


def _used_borrower(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    yield from _used(before, asked, opened)
    yield from _to_borrower(before, asked, opened)


def _relayed(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    """Everything that the permit rests on holds still, and it is an hour at which one may be written to."""
    if asked.body["verdict"] != "permit" or asked.body["mode"] != "message":
        yield "no message was permitted"
        return
    if opened.at >= when(asked.body["expires_at"]):
        yield "the permit had run out"
    if any(one.kind in ("message-relayed/1", "opening-refused/1") and one.body["lookup"] == asked.id
           for one in before):
        yield "it was sent, or refused"
    now = Look(asked, before, opened.at)
    yield from lasting.objections(now)
    yield from asking.hours(now)
    yield from since(Look(asked, before[:asked.place], asked.at), before[asked.place + 1:])


_CHECKS = {
    "contact-listed": _listed, "contact-invitation": _invited, "borrower-notice": _to_borrower,
    "use-borrower": _used_borrower, "use-contact": _used_contact, "relayed-message": _relayed,
}
