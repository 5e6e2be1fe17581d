"""Kinds only grow: what a released kind says is never renamed, removed or given a new meaning."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from registry.errors import MalformedError
from registry.model.catalogue import KINDS, histories_of
from registry.model.catalogue.evidence import ATTEMPTS
from registry.model.entries import Actor, Draft, Entry
from registry.model.kinds import Authority, Kind, kind_of, registry_of
from registry.model.shapes import BOOL, ID_SHAPE, Optional, check_fields

from .snapshot import current, differences, pinned

ID = "a1" * 16


def test_no_released_kind_has_changed() -> None:
    assert differences(pinned(), current()) == []


def test_every_kind_is_pinned() -> None:
    assert set(current()) - set(pinned()) == set(), "run python -m tests.model.snapshot and commit the new kinds"


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a removed kind": lambda kinds: kinds.pop("placed/1"),
    "a removed member": lambda kinds: kinds["placed/1"]["members"].pop("agency"),
    "a renamed member": lambda kinds: kinds["placed/1"]["members"].update(
        agent=kinds["placed/1"]["members"].pop("agency")),
    "a new member": lambda kinds: kinds["placed/1"]["members"].update(note="word?"),
    "a member of another shape": lambda kinds: kinds["placed/1"]["members"].update(agency="word"),
    "a member that may now be absent": lambda kinds: kinds["placed/1"]["members"].update(agency="id?"),
    "another authority": lambda kinds: kinds["placed/1"].update(authority="ANYONE"),
    "another history": lambda kinds: kinds["placed/1"].update(filed_under=[]),
    "a restriction that no longer restricts": lambda kinds: kinds["recalled/1"].update(restricting=False),
    "a directory kind that is none any more": lambda kinds: kinds["genesis/1"].update(directory=False),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_the_check_notices(change: str) -> None:
    changed = copy.deepcopy(current())
    CHANGES[change](changed)
    assert len(differences(current(), changed)) == 1


def test_a_new_kind_or_a_new_version_breaks_nothing() -> None:
    grown = {**current(), "placed/2": {}, "sung/1": {}}
    assert differences(current(), grown) == []


def test_a_name_is_never_defined_twice_nor_filed_under_a_member_it_has_not() -> None:
    kind = Kind("sung/1", Authority.WEB, {"line": ID_SHAPE}, ("line",))
    assert registry_of([kind]) == {"sung/1": kind}
    with pytest.raises(ValueError, match="twice"):
        registry_of([kind, kind])
    with pytest.raises(ValueError, match="has not"):
        registry_of([Kind("sung/1", Authority.WEB, {"line": ID_SHAPE}, ("borrower",))])


def draft(kind: str, body: dict[str, Any]) -> Draft:
    return Draft(ID, kind, Actor("web"), body)


def test_a_body_has_exactly_the_members_of_its_kind() -> None:
    known = registry_of([Kind("sung/1", Authority.WEB, {"line": ID_SHAPE, "loud": Optional(BOOL)})])
    assert kind_of(draft("sung/1", {"line": ID}), known).name == "sung/1"
    assert kind_of(draft("sung/1", {"line": ID, "loud": True}), known).name == "sung/1"
    for body in ({}, {"loud": True}, {"line": ID, "soft": True}, {"line": ID, "loud": 1}, {"line": ID, "loud": None},
                 {"line": ID.upper()}, {"line": ID + "\n"}, {"line": [ID]}):
        with pytest.raises(MalformedError):
            kind_of(draft("sung/1", body), known)
    with pytest.raises(MalformedError) as unknown:
        kind_of(draft("sung/2", {"line": ID}), known)
    assert unknown.value.code == "kind-unknown"


def test_the_web_tiers_own_word_loosens_nothing_by_its_kind() -> None:
    """Anyone may tighten: what is open to anyone restricts, or never counts for a release by itself."""
    open_kinds = {name for name, kind in KINDS.items() if kind.authority is Authority.ANYONE}
    # A notice asked for is no notice sent: that one needs the courier's signature.
    assert {name for name in open_kinds if not KINDS[name].restricting} <= {"notice-requested/1"}


def test_a_denied_lookup_belongs_to_no_history_and_a_permit_to_borrower_and_line() -> None:
    body = {"borrower": "b0" * 16, "line": "c0" * 16, "verdict": "deny"}
    assert histories_of(Entry(1, 0, draft("lookup-decided/1", body))) == ()
    permit = {**body, "verdict": "permit"}
    assert histories_of(Entry(1, 0, draft("lookup-decided/1", permit))) == ("b0" * 16, "c0" * 16)


def test_an_entry_is_filed_under_the_members_it_has() -> None:
    told = {"borrower": "b0" * 16}
    assert histories_of(Entry(1, 0, draft("message-relayed/1", told))) == ("b0" * 16,)
    told["line"] = "c0" * 16
    assert histories_of(Entry(1, 0, draft("message-relayed/1", told))) == ("b0" * 16, "c0" * 16)


@pytest.mark.parametrize(("changes", "filed"), [
    ({"class": "no-answer"}, ("b0" * 16,)), ({"class": "delivered"}, ("b0" * 16,)),
    ({"class": "declined"}, ("b0" * 16, "c0" * 16)), ({"class": "voicemail"}, ("b0" * 16, "c0" * 16)),
    ({"class": "no-answer", "direction": "inbound"}, ("b0" * 16, "c0" * 16)),
])
@pytest.mark.parametrize("kind", ATTEMPTS)
def test_an_attempt_that_nobody_answered_is_not_on_the_line(
    kind: str, changes: dict[str, str], filed: tuple[str, ...],
) -> None:
    body = {"borrower": "b0" * 16, "line": "c0" * 16, "direction": "outbound", **changes}
    assert histories_of(Entry(1, 0, draft(kind, body))) == filed
    del body["borrower"]
    assert histories_of(Entry(1, 0, draft(kind, body))) == ("c0" * 16,), "nobody's else it is"


@pytest.mark.parametrize(("name", "told"), [("surplus", "/surplus"), ("+8610000000001", "/(member)"),
                                            ("8610000000001", "/(member)"), ("A", "/(member)")])
def test_the_name_of_an_unknown_member_is_repeated_only_if_it_looks_like_a_name(name: str, told: str) -> None:
    with pytest.raises(MalformedError) as caught:
        check_fields({"id": ID_SHAPE}, {"id": ID, name: 1})
    assert caught.value.pointer == told
    assert caught.value.detail.startswith(told)
