"""The borrower was told and had time; somebody approved."""

from __future__ import annotations

from collections.abc import Iterator

from tests.promises.naive.asking import placement
from tests.promises.naive.channels import channels_of, written
from tests.promises.naive.effort import effort_of
from tests.promises.naive.law import APPROVAL_AGE, GRACE, NOTICE_AGE
from tests.promises.naive.look import Look, Told


def notice(look: Look) -> Iterator[str]:
    effort = effort_of(look)
    channels = channels_of(look)
    line_of = {ident: one.line for one in channels for ident in one.ids()}
    needed = [one for one in written(look) if one not in _dead_lines(look, effort.dead)]
    sent = [one for one in look.mine("notice-sent/1", account=look.asked["account"])
            if one.place > effort.complete >= 0 and look.at - one.at <= NOTICE_AGE and _ours(look, one)]
    last = {(one.body["notice"], one.body["channel"]): one.body["status"] for one in look.mine("notice-receipt/1")}
    arrived = {where for where, status in last.items() if status == "delivered"}
    if not needed:
        yield from _by_post(look, sent, arrived)
        return
    got = False
    for line, medium in needed:
        here = [one for one in sent if (line_of[one.body["channel"]], one.body["medium"]) == (line, medium)]
        if not any(look.at - one.at >= GRACE for one in here):
            yield "a channel had no notice in time"
        got = got or any((one.body["notice"], one.body["channel"]) in arrived for one in here)
    if not got:
        yield "no notice arrived"


def _dead_lines(look: Look, dead: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What is proven dead, by the medium that would carry the notice."""
    text = {one.line: "sms" for one in channels_of(look) if one.medium == "voice"}
    return dead | {(line, text[line]) for line, medium in dead if medium == "voice"
                   and not any(one.line == line and one.medium == "sms" for one in channels_of(look))}


def _by_post(look: Look, sent: list[Told], arrived: set[tuple[str, str]]) -> Iterator[str]:
    """Nothing carries text: a tracked letter that arrived, and time since."""
    if not any(look.at - one.at >= GRACE and one.body["medium"] == "post"
               and (one.body["notice"], one.body["channel"]) in arrived for one in sent):
        yield "no notice was possible, or no letter arrived"


def _ours(look: Look, sent: Told) -> bool:
    """It names the agency that asks now, under its present placement."""
    in_force = placement(look)
    requests = look.mine("notice-requested/1", notice=sent.body["notice"])
    if not in_force or not requests or sent.at < max(one.at for one in in_force):
        return False
    agency = requests[0].body.get("agency")
    return agency == look.asked["client"] or (agency is None and any(
        one.place < requests[0].place for one in in_force))


def approval(look: Look) -> Iterator[str]:
    ident = look.asked.get("approval", "none")
    requested = look.mine("approval-requested/1", approval=ident)
    names = ("client", "account", "contact", "purpose", "mode")
    if not requested or any(requested[0].body[name] != look.asked[name] for name in names):
        yield "nobody asked for this approval"
    given = [one for one in look.mine("approval-given/1", approval=ident)
             if one.signed and one.by["role"] == "officer"]
    if not given or look.at - given[-1].at > APPROVAL_AGE:
        yield "no approval of today's"
    if look.mine("approval-refused/1", approval=ident):
        yield "the approval was refused"
    if ident in {one.body.get("approval") for one in look.permits()}:
        yield "the approval is used up"
