"""Signs of life: whatever the borrower did, on any account, by any line."""

from __future__ import annotations

from datetime import datetime

from tests.promises.naive.channels import channels_of
from tests.promises.naive.law import ATTEMPTS, REACHES, REFUSAL
from tests.promises.naive.look import Look, Told

NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
OWN_WAYS = ("link", "reply", "portal")


def last_life(look: Look) -> tuple[int, datetime]:
    """The place of the last sign of life, -1 for none; and until when attempts do not count after a refusal."""
    reaches = _reaches(look)
    places = [one.place for one in (*reaches, *_acts(look), *_payments(look), *_reaches_elsewhere(look))]
    untils = [at + REFUSAL for at in (*refusals(look), *(
        one.at for one in _reaches_elsewhere(look) if one.body["class"] == "declined"
        and one.body["direction"] == "outbound"))]
    return max(places, default=-1), max(untils, default=NEVER)


def refusals(look: Look) -> list[datetime]:
    return [one.at for one in _reaches(look) if one.body["class"] == "declined"]


def _reached(one: Told) -> bool:
    return one.body["class"] in REACHES or one.body["direction"] == "inbound"


def _reaches(look: Look) -> list[Told]:
    """Attempts that reached the borrower. Void on a channel found to be a stranger's afterwards."""
    channels = channels_of(look)
    return [
        one for one in look.mine(*ATTEMPTS) if _reached(one)
        and not any(one.place < each.stranger_since(one.body.get("channel")) for each in channels)
    ]


def _reaches_elsewhere(look: Look) -> list[Told]:
    """Somebody else was reached on a line that is the borrower's too."""
    lines = {one.line for one in channels_of(look)
             if one.registered()
             or (any(each.by["role"] != "borrower" for each in one.removed) and not one.stranger())}
    return [one for one in look.anywhere(*ATTEMPTS)
            if one.body.get("line") in lines and one.body.get("borrower") != look.borrower and _reached(one)]


def _acts(look: Look) -> list[Told]:
    """Every act of the borrower's own, by any way; and what shows one by its nature."""
    found = [one for one in look.about if one.by == {"role": "borrower", "id": look.borrower}]
    found += look.mine("sign-of-life/1", "callback-offered/1")
    found += [one for one in look.mine("consent-given/1", giver="borrower") if one.body["assurance"] != "recorded"]
    found += [one for one in look.mine("consent-withdrawn/1", giver="borrower") if one.body["through"] in OWN_WAYS]
    found += [one for one in look.mine("complaint-filed/1") if one.body["from"] == "borrower"]
    return found


def _payments(look: Look) -> list[Told]:
    balances: dict[str, int] = {}
    found = []
    for one in look.mine("account-opened/1", "account-changed/1"):
        before = balances.get(one.body["account"], 0)
        after = balances[one.body["account"]] = one.body.get("balance_minor", before)
        if one.kind == "account-changed/1" and (after < before or one.body.get("state") == "paid"):
            found.append(one)
    return found
