"""How often a borrower's contacts and address were really used, and what a contact sees of it, by the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.model.entries import Actor, Draft, Entry
from registry.store import schema
from registry.store.database import open_engine
from registry.store.store import Store
from tests.databases import at

BORROWER, ACCOUNT, CONTACT, LENDER, AGENCY = (letter * 32 for letter in "abcde")


class Told:
    """A store that is told one entry after the other."""

    def __init__(self, store: Store) -> None:
        self.store, self.index = store, 0
        self.add("borrower-registered/1", borrower=BORROWER, lender=LENDER, residence="CN", time_zone="Asia/Shanghai",
                 languages=["zh"])
        self.add("contact-registered/1", contact=CONTACT, borrower=BORROWER, lender=LENDER, rank=1, relation="parent",
                 languages=["zh"])
        self.add("account-opened/1", account=ACCOUNT, borrower=BORROWER, lender=LENDER, liability="principal",
                 due_since="2026-01-01", balance_minor=5, currency="CNY", limitation_until="2029-01-01", state="open",
                 as_of="2026-01-01")

    def add(self, kind: str, **body: Any) -> str:
        ident = f"{self.index:032x}"
        entry = Entry(self.index, self.index, Draft(ident, kind, Actor("vault"), {"lookup": ident, **body}))
        self.store.project([entry], self.index + 1)
        self.index += 1
        return ident

    def permit(self, about: str, mode: str) -> str:
        people = {"contact": CONTACT} if about == "contact" else {}
        return self.add("lookup-decided/2", account=ACCOUNT, borrower=BORROWER, client=AGENCY, agent="a", about=about,
                        purpose="restore-contact", mode=mode, verdict="permit", reasons=[], system=[], **people)

    def counted(self) -> dict[tuple[str, str], int]:
        return self.store.released([BORROWER])

    def seen(self) -> list[str]:
        return [one["id"] for one in self.store.uses([CONTACT], before=-1, limit=10)]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    engine = open_engine(at(tmp_path / "web.db"))
    schema.upgrade(engine)
    yield Told(Store(engine))
    engine.dispose()


def test_a_visit_is_counted_for_the_borrower_and_is_no_use_of_a_contact(told: Told) -> None:
    told.permit("visit", "number")
    assert (told.counted(), told.seen()) == ({(BORROWER, "visit"): 1}, [])


def test_a_call_is_a_use_for_both_once_the_bridge_connects(told: Told) -> None:
    call = told.permit("contact", "call")
    assert (told.counted(), told.seen()) == ({}, [])
    told.add("call-bound/1", lookup=call, borrower=BORROWER, contact=CONTACT)
    assert (told.counted(), told.seen()) == ({(BORROWER, "contact"): 1}, [call])


def test_a_message_counts_once_it_went_out_and_never_where_it_was_withheld(told: Told) -> None:
    sent, withheld = told.permit("contact", "message"), told.permit("contact", "message")
    assert told.counted() == {}
    told.add("message-relayed/1", lookup=sent, borrower=BORROWER)
    told.add("opening-refused/1", lookup=withheld, borrower=BORROWER)
    assert (told.counted(), told.seen()) == ({(BORROWER, "contact"): 1}, [sent])


def test_the_borrowers_own_channels_are_not_counted_among_his_contacts(told: Told) -> None:
    told.permit("borrower", "number")
    number = told.permit("contact", "number")
    assert (told.counted(), told.seen()) == ({(BORROWER, "contact"): 1}, [number])
