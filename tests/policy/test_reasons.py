"""The page of reasons is complete both ways, and every code that a rule can give is a known one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from registry.policy.reasons import CLASS_OF, RANK, Reason, in_order

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reasons.md").read_text("utf-8")
RULES = ROOT / "registry/policy"


def test_every_code_has_its_paragraph_in_the_fixed_order_and_nothing_else_has_one() -> None:
    assert re.findall(r"^### ([a-z0-9-]+)$", PAGE, re.MULTILINE) == list(CLASS_OF)


def test_every_paragraph_says_what_it_means_who_may_see_it_and_what_cures_it() -> None:
    for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        code, _, text = part.partition("\n")
        meaning, seen, rest = text.partition("**Seen by**:")
        assert len(meaning.split()) >= 3, code
        assert seen, code
        assert "**Cure**:" in rest, code


def test_every_code_that_a_rule_gives_is_known() -> None:
    given = {
        node.args[0].value
        for path in RULES.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Reason", "_short")
        and node.args and isinstance(node.args[0], ast.Constant)
    }
    assert len(given) > 40
    assert given <= set(CLASS_OF)


def test_hopeless_comes_first_and_each_code_once() -> None:
    reasons = [Reason("approval-missing"), Reason("no-contact"), Reason("feed-stale"), Reason("no-contact"),
               Reason("pack-missing")]
    assert [one.code for one in in_order(reasons)] == ["feed-stale", "pack-missing", "no-contact", "approval-missing"]


def test_classes_are_ordered_system_fix_request_not_eligible_try_later() -> None:
    order = [CLASS_OF[code] for code in sorted(RANK, key=RANK.__getitem__)]
    assert list(dict.fromkeys(order)) == ["system", "fix-request", "not-eligible", "try-later"]
