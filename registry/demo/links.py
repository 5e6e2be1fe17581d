"""What `up --demo` prints once all answers: links to sign in by, made by the vault as for anybody, and a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from registry import relying
from registry.clients import Caller
from registry.demo.http import Client
from registry.errors import ConsentryError, UnavailableError
from registry.model.entries import Actor

BORROWERS = ("unreachable", "reachable")
CONTACT_OF = "unreachable"


def lines(card: Mapping[str, Any], vault: Caller, outbox: Path) -> list[str]:
    """A line for each person to be. `card` is demo.json's. Where no links can be had, one that says so.

    No number is among them: what a process prints may be kept, and demo.json has them all.
    """
    try:
        links = list(_links(card, vault))
    except (ConsentryError, OSError) as error:
        return [f"no links to sign in by were made ({error}): python -m registry party link makes one"]
    except KeyError as error:
        return [f"no links to sign in by were made: demo.json does not say {error}"]
    sign_in = relying.party(card["url"])[1] + "/sign-in"
    return [
        "sign in; each link works once, within an hour or (borrowers) a day, and the next start prints new ones:",
        *(f"  {who:<23}{url}" for who, url in links),
        f"  {'contact':<23}{sign_in}?role=contact and the contact_number of {CONTACT_OF} in demo.json",
        f"  the code is in the newest file of {outbox}",
    ]


def _links(card: Mapping[str, Any], vault: Caller) -> Iterator[tuple[str, str]]:
    """(who, url). Browsers are given a name and no address: passkeys bind to names only."""
    people = {one["name"]: one["borrower"] for one in card["borrowers"] if one["name"] in BORROWERS}
    lender, web = Actor("lender", card["parties"]["lender"]), Actor("web")
    wanted = [(f"borrower {name}", lender, "borrower", ident) for name, ident in people.items()]
    wanted += [("officer", web, "officer", card["officers"][0]["id"]), ("auditor", web, "auditor", _auditor(card))]
    for who, by, role, subject in wanted:
        made = vault.call("make-link", {"by": by.value(), "role": role, "subject": subject})
        yield who, f"{relying.party(card['url'])[1]}/sign-in/link/{made['token']}"


def _auditor(card: Mapping[str, Any]) -> str:
    """Whom demo.json has a token of and does not name."""
    answer = Client(card["url"], card["tokens"]["officer"]).get("/v1/parties")
    if answer.status != 200:
        raise UnavailableError("the parties cannot be listed")
    return next(str(one["party"]) for one in answer.value["items"] if one["role"] == "auditor")
