"""Who can reach a socket at all: its owner, and its group where other system users may connect."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from registry.loop import listen


@pytest.mark.parametrize(("allowed", "mode"), [
    ([], 0o600), ([os.getuid()], 0o600), ([os.getuid() + 1], 0o660), ([os.getuid(), os.getuid() + 1], 0o660),
])
def test_a_socket_is_its_owners_alone_unless_others_may_connect(
    tmp_path: Path, allowed: list[int], mode: int
) -> None:
    path = tmp_path / "s"
    listen(path, allowed).close()
    assert stat.S_IMODE(path.stat().st_mode) == mode
