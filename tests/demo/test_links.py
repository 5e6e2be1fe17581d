"""What `up --demo` prints to sign in by. That the links open is shown by tests/browser, which goes in by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry.demo import links
from registry.errors import UnavailableError
from tests.contract.client import ROOT

CARD: dict[str, Any] = {
    "url": "http://127.0.0.1:1", "tokens": {"officer": "none"}, "parties": {"lender": "1" * 32},
    "officers": [{"id": "2" * 32}],
    "borrowers": [
        {"name": "unreachable", "borrower": "3" * 32, "contact_number": "+8610000000201"},
        {"name": "reachable", "borrower": "4" * 32, "contact_number": "+8610000000202"},
    ],
}


class Vault:
    """Answers with a token that says what it was asked for."""

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        return {"token": f"{op}-{args['by']['role']}-{args['role']}-{args['subject'][0]}"}


class Away:
    """A vault that is not there."""

    def call(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        raise UnavailableError("the vault does not answer")


def test_everybody_gets_a_line_with_a_host_that_passkeys_bind_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(links, "_auditor", lambda card: "5" * 32)
    said = links.lines(CARD, Vault(), tmp_path)
    here = "http://localhost:1/sign-in"
    assert [line.split()[-1] for line in said[1:5]] == [
        f"{here}/link/make-link-lender-borrower-3", f"{here}/link/make-link-lender-borrower-4",
        f"{here}/link/make-link-web-officer-2", f"{here}/link/make-link-web-auditor-5",
    ]
    assert f"{here}?role=contact and the contact_number of unreachable in demo.json" in said[5]
    assert not any("+86" in line for line in said), "what is printed may be kept"
    assert str(tmp_path) in said[6]


def test_a_vault_that_is_away_stops_nobody_from_serving(tmp_path: Path) -> None:
    [line] = links.lines(CARD, Away(), tmp_path)
    assert "no links" in line
    assert "party link" in line


def test_a_demo_file_that_somebody_cut_short_stops_nobody_from_serving(tmp_path: Path) -> None:
    [line] = links.lines({"url": CARD["url"], "borrowers": [{"name": "unreachable"}]}, Vault(), tmp_path)
    assert "demo.json does not say 'borrower'" in line


def test_the_readme_names_whom_there_are_links_for() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    paragraph = next(line for line in readme.splitlines() if line.startswith("In a browser"))
    wanted = (*links.BORROWERS, "officer", "auditor", "contact", "party link", "data/outbox")
    assert [one for one in wanted if one not in paragraph] == []
