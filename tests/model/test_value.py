"""What is made often is frozen where the tests run, and compares and hashes alike frozen or not."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from registry.policy import Reason
from registry.policy.facts.model import Facts

PLAIN = """
import json
from registry.policy import Reason
one = Reason("try-later")
one.have = 1
same = Reason("try-later", have=1)
print(json.dumps([one == same, hash(one) == hash(same), len({one, same}), hasattr(one, "__dict__")]))
"""


def test_nothing_writes_to_a_value_unseen_by_the_tests() -> None:
    past_the_type_checker: Any = Reason("try-later")
    with pytest.raises(FrozenInstanceError):
        past_the_type_checker.have = 1
    assert Facts.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_elsewhere_they_are_plain_ones_that_compare_and_hash_as_frozen_ones_do() -> None:
    done = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == [True, True, 1, False]
    one, same = Reason("try-later", have=1), Reason("try-later", have=1)
    assert (one, hash(one)) == (same, hash(same))
