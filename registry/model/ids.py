"""Ids: 128 random bits as 32 lower-case hex digits, the same in HTTP and in the log."""

from __future__ import annotations

import re
from collections.abc import Callable

from registry.errors import MalformedError

ID = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)



def new_id(random: Callable[[int], bytes]) -> str:
    """A fresh id from a source of random bytes."""
    return random(16).hex()


def check_id(text: object) -> str:
    """`text` if it is an id. Raises MalformedError."""
    if not isinstance(text, str) or ID.match(text) is None:
        raise MalformedError("an id is 32 lower-case hex digits")
    return text
