"""Whether a message had to leave: what asked for it still stood when the vault gave its address to the courier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.promises.naive import asking, lasting
from tests.promises.naive.channels import channels_of
from tests.promises.naive.law import DAY, SIGN_IN, TEXTS, WEEK
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
    acts = [one for one in before if one.kind in ("erasure-requested/1", "erasure-cancelled/1", "erased/1")
            and one.body["subject"] == subject]
    return bool(acts) and acts[-1].kind != "erasure-cancelled/1"


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
    about = [one for one in before
             if one.body.get("contact") == contact and one.body.get("giver", "contact") == "contact"]
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


def _sign_in(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    """Ten minutes for whoever asked, to a line that is still his; and a code opens one session."""
    if opened.at - asked.at >= SIGN_IN:
        yield "the code is over"
    if any(one.kind == "signed-in/1" and one.body.get("request") == asked.id for one in before):
        yield "the code was used"
    if asked.body["role"] == "borrower":
        yield from _stands(before, asked, opened)
    elif _erased(before, asked.body["contact"]):
        yield "the contact is erased"


def _own_consent(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    """A borrower asked it of himself: to a channel that has been his, and nothing but his, for a week."""
    mine = [one for one in before if one.body.get("borrower") == asked.body["borrower"]]
    yield from _stands(before, asked, opened)
    added = [one for one in mine if one.kind == "channel-added/1" and one.by["role"] != "contact"]
    own = [one for one in added if one.id == asked.body["channel"]]
    if not own or opened.at - own[0].at < WEEK:
        yield "the channel is too young"
    elif any(one.body["line"] == own[0].body["line"] and one.body["use"] != "personal" for one in added):
        yield "the line is for something else too"
    elif any(one.kind == "contact-registered/1" and one.body["line"] == own[0].body["line"] for one in mine):
        yield "the line is a contact's"
    if asked.body["giver"] != "borrower" or opened.body["channel"] != asked.body["channel"]:
        yield "it is somebody else's consent, or channel"
    if opened.at - asked.at >= DAY:
        yield "the question is over"
    if any(one.kind == "consent-given/1" and one.body["consent"] == asked.id for one in mine):
        yield "it was given"
    if any(one.kind == "consent-withdrawn/1" and one.body["giver"] == "borrower" and one.place > asked.place
           for one in mine):
        yield "the borrower has withdrawn since"


def _in_his_name(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    """He is told of what a code or passkey did, while there is something to undo, and not where the code went."""
    yield from _to_borrower(before, asked, opened)
    mine = [one for one in before if one.body.get("borrower") == asked.body["borrower"]]
    line_of = {one.id: one.body["line"] for one in mine if one.kind == "channel-added/1"}
    line = line_of.get(opened.body["channel"])
    if any(one.kind == "borrower-told/1" and one.body["about"] == asked.id and line_of[one.body["channel"]] == line
           for one in mine):
        yield "this line was told"
    if asked.kind == "passkey-added/1":
        if any(one.kind == "passkey-removed/1" and one.body["passkey"] == asked.id for one in mine):
            yield "the passkey is gone"
        return
    if asked.body["giver"] != "borrower" or asked.body["assurance"] == "recorded":
        yield "neither code nor passkey gave it for him"
    if any(one.kind == "consent-withdrawn/1" and one.body["consent"] == asked.body["consent"] for one in mine):
        yield "the consent is withdrawn"
    if any(one.kind == "consent-requested/2" and one.id == asked.body["consent"]
           and line_of[one.body["channel"]] == line for one in mine):
        yield "the code went to that line"


def _stands(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    channel = opened.body.get("channel")
    if any(one.kind in ("channel-removed/1", "channel-disputed/1") and one.body["channel"] == channel
           for one in before):
        yield "the channel is gone, or doubted"


def _assigned(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    yield from _to_borrower(before, asked, opened)
    if any(one.kind == "person-told/1" and one.body["about"] == asked.id
           and one.body.get("channel") == opened.body["channel"] for one in before):
        yield "he was told there"


def _ended(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    """Once, to a contact who was asked for something, and who does not want to hear nothing."""
    contact = asked.body["contact"]
    if _objected(before, asked.body["line"]) or _erased(before, contact):
        yield "the contact does not want to hear"
    if any(one.kind == "person-told/1" and one.body["about"] == asked.id for one in before):
        yield "the contact was told"
    if not any(one.kind in ("consent-requested/1", "consent-requested/2", "consent-given/1")
               and one.body.get("contact") == contact for one in before):
        yield "there was no agreement"


def _kept(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    """Of an erasure that was cancelled, and not asked for again since."""
    if _erased(before, asked.body["subject"]):
        yield "the erasure stands"
    if any(one.kind == "person-told/1" and one.body["about"] == asked.id
           and one.body.get("channel") == opened.body.get("channel") for one in before):
        yield "who was to be erased was told there"


def _borrower_kept(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    yield from _kept(before, asked, opened)
    yield from _stands(before, asked, opened)
    if asked.body["role"] != "borrower":
        yield "it was not the borrower's erasure"


def _contact_kept(before: Sequence[Told], asked: Told, opened: Told) -> Iterator[str]:
    yield from _kept(before, asked, opened)
    if asked.body["role"] != "contact" or asked.body["subject"] != opened.body["subject"]:
        yield "it was not this contact's erasure"
    known = [one for one in before if one.kind == "contact-registered/1" and one.id == asked.body["subject"]]
    if any(_objected(before, one.body["line"]) for one in known):
        yield "the contact does not want to hear"


_CHECKS = {
    "borrower-erasure-cancelled": _borrower_kept, "contact-erasure-cancelled": _contact_kept,
    "borrower-assigned": _assigned, "agreement-ended": _ended,
    "contact-listed": _listed, "contact-invitation": _invited, "borrower-notice": _to_borrower,
    "use-borrower": _used_borrower, "use-contact": _used_contact, "relayed-message": _relayed,
    "sign-in-code": _sign_in, "borrower-consent-code": _own_consent,
    "borrower-told-consent": _in_his_name, "borrower-told-passkey": _in_his_name,
}
