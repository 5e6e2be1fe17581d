"""Names of people: how long, in which form, and how the parts of one stand together."""

from __future__ import annotations

import re
import unicodedata

from registry.errors import MalformedError
from registry.model.canonical import CONTROL

MAX_NAME = 40
# Chinese, Japanese and Korean names: the family's first, and no space.
IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+\Z")


def check_name(value: object) -> str:
    """A name as it is, of 1 to 40 characters in NFC on one line. Raises MalformedError `name-invalid`."""
    if (
        not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= MAX_NAME
        or CONTROL.search(value) or "\n" in value or not unicodedata.is_normalized("NFC", value)
        or any(unicodedata.category(one) == "Cs" for one in value)  # half a pair of UTF-16: no character
    ):
        raise MalformedError(f"a name has 1 to {MAX_NAME} characters in NFC, on one line", code="name-invalid")
    return value


def whole_name(given: str, family: str | None = None) -> str:
    """The parts put together as their script does. May be longer than a name may be: check it."""
    if family is None:
        return given
    return f"{family}{given}" if IDEOGRAPHS.match(family + given) else f"{given} {family}"
