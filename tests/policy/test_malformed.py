"""A question that its asker can mend alone is told what to change; nobody learns of a person from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.policy import collector_view
from registry.policy.reasons import Reason, in_order
from registry.policy.values import Decision
from tests.policy.judged import params_of, permitted
from tests.policy.world import START

FACTS = permitted().facts
FEW = Reason("visitors-too-few", 1, 2)
LINE = {"pointer": "/caller", "code": "mode-not-allowed",
        "detail": "name the line that the call comes from: caller, or caller_jwe sealed to the vault"}


def view(*reasons: Reason, asked: dict[str, Any], modes: tuple[str, ...] = ("call",)) -> dict[str, Any]:
    facts = replace(FACTS, ask=replace(FACTS.ask, **asked))
    params = params_of(release_modes=frozenset(modes))
    denied = Decision("deny", in_order(reasons), None, None, None, None, None, (), params=params)
    found: dict[str, Any] = collector_view(facts, denied, (), START)
    return found


def test_too_few_visitors_alone_are_a_request_to_be_mended_with_the_number_needed() -> None:
    shown = view(FEW, Reason("approval-missing", 0, 2), asked={"about": "visit", "visitors": ("agent-17",)})
    assert (shown["state"], shown["missing"]) == ("fix-request", [{"code": FEW.code, "have": 1, "need": 2}])
    assert shown["errors"] == [{"pointer": "/visitors", "code": FEW.code,
                                "detail": "name at least 2 people who will stand at the door, each once"}]
    assert shown["next"] == {"action": "stop"}


@pytest.mark.parametrize("other", ["account-not-overdue-enough", "sign-of-life", "no-channel", "visit-forbidden"])
def test_beside_anything_that_stands_for_good_they_are_as_bare_as_that_alone(other: str) -> None:
    asked = {"about": "visit", "visitors": ("agent-17",)}
    assert view(FEW, Reason(other), asked=asked) == view(Reason(other), asked=asked)
    assert "errors" not in view(FEW, Reason(other), asked=asked)


def test_a_hold_shows_as_a_hold_however_few_go() -> None:
    shown = view(FEW, Reason("hold-dispute"), asked={"about": "visit", "visitors": ()})
    assert (shown["state"], "errors" in shown) == ("paused", False)


def test_a_call_from_no_line_is_told_to_name_it_and_nothing_else_changes() -> None:
    asked = {"about": "contact", "mode": "call", "caller": False}
    shown = view(Reason("mode-not-allowed"), asked=asked)
    assert (shown["state"], shown["missing"]) == ("fix-request", [{"code": "mode-not-allowed"}])
    assert shown["errors"] == [LINE]


@pytest.mark.parametrize(("asked", "modes"), [
    ({"about": "contact", "mode": "call", "caller": True}, ("call",)),      # what is wrong is something else
    ({"about": "contact", "mode": "call", "caller": False}, ("number",)),   # a line would not help
    ({"about": "contact", "mode": "message", "caller": False}, ("call",)),
])
def test_nobody_is_sent_to_name_a_line_that_would_not_help(asked: dict[str, Any], modes: tuple[str, ...]) -> None:
    assert "errors" not in view(Reason("mode-not-allowed"), asked=asked, modes=modes)


@pytest.mark.parametrize("about", ["borrower", "visit"])
def test_about_a_borrower_the_one_purpose_and_the_one_mode_are_named(about: str) -> None:
    shown = view(Reason("purpose-not-allowed"), Reason("mode-not-allowed"),
                 asked={"about": about, "purpose": "restore-contact", "mode": "message"})
    assert [(one["pointer"], one["detail"].split()[-1]) for one in shown["errors"]] == [
        ("/purpose", "contact-borrower"), ("/mode", "number")]
    right = {"about": about, "purpose": "contact-borrower", "mode": "number"}
    assert "errors" not in view(Reason("purpose-not-allowed"), Reason("mode-not-allowed"), asked=right)


def test_a_contact_is_not_asked_for_to_contact_the_borrower() -> None:
    wrong = view(Reason("purpose-not-allowed"), asked={"about": "contact", "purpose": "contact-borrower"})
    assert [one["pointer"] for one in wrong["errors"]] == ["/purpose"]
    # Which purposes a pack allows is not said here: it may be a pack of the place where the contact lives.
    assert "errors" not in view(Reason("purpose-not-allowed"), asked={"about": "contact", "purpose": "relay-message"})


def test_of_an_account_that_is_not_the_askers_nothing_is_said() -> None:
    denied = Decision("deny", (Reason("mode-not-allowed"), FEW), None, None, None, None, None, (), params=params_of())
    facts = replace(FACTS, account=None, ask=replace(FACTS.ask, mode="call", caller=False))
    shown = collector_view(facts, denied, (), START)
    assert (shown["state"], shown["missing"], "errors" in shown) == ("not-eligible", [], False)
