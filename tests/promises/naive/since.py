"""What came after a permit and before its number left: whatever takes something away from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.promises.naive.believing import RESUMED, SUSPENDED, disbelieves
from tests.promises.naive.channels import channels_of
from tests.promises.naive.law import ATTEMPTS, BLOCKS, HARMLESS, REACHES
from tests.promises.naive.look import Look, Told

ABOUT_THE_BORROWER = (
    "consent-withdrawn/1", "objected/1", "hold-placed/1", "sign-of-life/1", "callback-offered/1", "recalled/1",
    "channel-disputed/1", "erasure-requested/1", "complaint-filed/1", "passkey-removed/1",
    "account-assigned/1", "liability-changed/1", "borrower-changed/1", "contact-reported/1",
)
PARTIES = ("party-suspended/1",)


def since(look: Look, later: Iterable[Told]) -> Iterator[str]:
    """`look`: the permit as it was decided; `later`: the entries between it and the answer, in order."""
    lines = {one.line for one in channels_of(look)} | {
        one.body["line"] for one in look.mine("contact-registered/1")}
    balances: dict[str, int] = {}
    for one in look.mine("account-opened/1", "account-changed/1"):
        balances[one.body["account"]] = one.body.get("balance_minor", balances.get(one.body["account"], 0))
    tried = [one for one in look.before if one.kind in ATTEMPTS
             and (one.body.get("borrower") == look.borrower or one.body.get("line") in lines)]
    stopped = ""
    for one in later:
        body = one.body
        mine = body.get("borrower") == look.borrower or body.get("line") in lines
        if mine and _takes_away(one, balances):
            yield f"{one.kind} came before the answer"
        if one.kind in PARTIES and body["party"] in (look.asked["client"], look.asked["lender"]):
            yield "the agency or its lender was suspended before the answer"
        if one.kind == SUSPENDED and any(disbelieves(one, each, look.anywhere(RESUMED)) for each in tried):
            yield "what it rests on was not believed any more before the answer"
        if one.kind == "releases-stopped/1":
            stopped = "everything was stopped before the answer"
        elif one.kind == "releases-resumed/1":
            stopped = ""
    if stopped:
        yield stopped


def _takes_away(one: Told, balances: dict[str, int]) -> bool:
    body = one.body
    if one.kind in ABOUT_THE_BORROWER:
        return True
    if one.kind in ATTEMPTS:
        return body["class"] in (*REACHES, *BLOCKS) or body["direction"] == "inbound"
    if one.kind == "outcome-reported/1":
        return body["outcome"] not in HARMLESS
    if one.kind in ("message-answered/1", "use-answered/1"):
        return body["answer"] in ("never", "not-me")
    if one.kind == "account-changed/1":
        lower = body.get("balance_minor", balances.get(body["account"], 0)) < balances.get(body["account"], 0)
        return lower or body.get("state", "open") != "open" or "due_since" in body or "limitation_until" in body
    return False
