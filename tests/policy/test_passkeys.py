"""Passkeys in the directory: from when on each counts, and that a removed one is gone."""

from __future__ import annotations

from typing import Any

import pytest

from registry.model.entries import Actor, Draft, Entry
from registry.model.times import DAY
from registry.policy import Directory

AT = 1_800_000_000_000
OFFICER = {"officer": "a1" * 16, "alg": "Ed25519", "sig": "x"}
OTHER = {"officer": "a2" * 16, "alg": "Ed25519", "sig": "x"}


def body(passkey: str, credential: str, **more: str) -> dict[str, Any]:
    return {"passkey": passkey, "credential": credential, "public_key": "cose", "rp_id": "localhost",
            "origin": "http://localhost", **more}


def folded(*entries: tuple[str, dict[str, Any], tuple[dict[str, str], ...]]) -> Directory:
    directory = Directory()
    for index, (kind, said, auth) in enumerate(entries):
        directory.fold(Entry(index, AT + index, Draft(f"{index:032x}", kind, Actor("vault"), said, auth)))
    return directory


STAFF = ("staff-passkey-added/1", body("p1", "c1", role="officer", party="a1" * 16))
OWN = ("passkey-added/1", body("p2", "c2", borrower="b1" * 16), ())


@pytest.mark.parametrize(("auth", "wait"), [((OFFICER,), DAY), ((OFFICER, OTHER), 0), ((OFFICER, OFFICER), DAY)])
def test_a_passkey_of_staff_counts_after_a_day_or_at_once_by_two_officers(
    auth: tuple[dict[str, str], ...], wait: int
) -> None:
    found = folded((*STAFF, auth)).passkeys.get("p1")
    assert found is not None
    assert (found.role, found.subject, found.effective) == ("officer", "a1" * 16, AT + wait)


def test_a_borrowers_passkey_counts_at_once_and_is_found_by_its_credential() -> None:
    passkeys = folded(OWN).passkeys
    found = passkeys.of_credential("c2")
    assert found == passkeys.get("p2")
    assert found is not None
    assert (found.role, found.subject, found.effective, found.public_key, found.rp_id, found.origin) == (
        "borrower", "b1" * 16, AT, "cose", "localhost", "http://localhost")
    assert passkeys.get("c2") is None
    assert passkeys.of_credential("p2") is None


def test_a_removed_passkey_is_gone_and_the_key_may_come_back_as_another() -> None:
    removed = ("passkey-removed/1", {"passkey": "p2", "borrower": "b1" * 16}, ())
    assert folded(OWN, removed).passkeys.get("p2") is None
    assert folded(OWN, removed).passkeys.of_credential("c2") is None
    again = ("passkey-added/1", body("p3", "c2", borrower="b1" * 16), ())
    found = folded(OWN, removed, removed, again).passkeys.of_credential("c2")
    assert found is not None
    assert found.id == "p3"


def test_who_has_a_passkey_is_known_by_his_own_id_until_it_is_removed() -> None:
    other = ("passkey-added/1", body("p5", "c5", borrower="b3" * 16), ())
    assert folded(other, OWN).passkeys.has("b1" * 16)
    assert not folded(other, OWN).passkeys.has("p2")
    removed = ("passkey-removed/1", {"passkey": "p2", "borrower": "b1" * 16}, ())
    assert not folded(other, OWN, removed).passkeys.has("b1" * 16)


def test_the_first_of_an_id_and_of_a_credential_stands() -> None:
    same_credential = ("passkey-added/1", body("p4", "c2", borrower="b2" * 16), ())
    same_id = ("passkey-added/1", body("p2", "c4", borrower="b2" * 16), ())
    passkeys = folded(OWN, same_credential, same_id).passkeys
    assert passkeys.get("p4") is None
    assert passkeys.of_credential("c4") is None
    found = passkeys.of_credential("c2")
    assert found is not None
    assert found.subject == "b1" * 16


def test_a_directory_that_begins_anew_knows_no_passkey() -> None:
    directory = folded(OWN)
    directory.reset()
    assert directory.passkeys.get("p2") is None
