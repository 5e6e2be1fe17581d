"""Every released version of the rules still gives the verdicts it was released with."""

from __future__ import annotations

import pytest

from registry.policy import RULES, RULES_VERSION
from tests.policy.vectors import FOLDER, decided, file_of, read, told


def test_every_version_of_the_rules_has_its_vectors() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(file_of(one).name for one in RULES)
    assert RULES_VERSION in RULES


@pytest.mark.parametrize("version", sorted(RULES))
def test_released_verdicts_do_not_change(version: str) -> None:
    checked = 0
    for name, entries, asked, at, expected in read(file_of(version)):
        assert told(decided(version, entries, asked, at)) == expected, name
        checked += 1
    assert checked > 90
