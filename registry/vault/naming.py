"""The name in a deposit: in clear, or as `{jwe}` to the vault, which opens it and checks it as it would in clear."""

from __future__ import annotations

import json
from typing import Any

from registry.errors import MalformedError
from registry.model.names import check_name, whole_name
from registry.vault.desk import Desk

PARTS = {"given"}, {"given", "family"}


def borrower_name(desk: Desk, asked: dict[str, Any]) -> dict[str, str]:
    """`{given, family?}` of a borrower. Raises MalformedError that never repeats what was sealed."""
    if "jwe" not in asked:
        return asked
    return _parts(_opened(desk, asked["jwe"]))


def contact_name(desk: Desk, asked: str | dict[str, Any]) -> str:
    """A contact's name in one piece; sealed, it is that, or its parts. Raises MalformedError."""
    if isinstance(asked, str):
        return asked
    found = _opened(desk, asked["jwe"])
    if isinstance(found, dict):
        parts = _parts(found)
        found = whole_name(parts["given"], parts.get("family"))
    return _checked(found)


def _opened(desk: Desk, jwe: str) -> object:
    try:
        return json.loads(desk.keys.open_deposit(jwe))
    except MalformedError as error:
        raise MalformedError(error.detail, code=error.code, pointer="/name/jwe") from error
    except (ValueError, RecursionError):
        raise _wrong() from None


def _parts(found: object) -> dict[str, str]:
    # A member of another name could be a person's: it is not repeated.
    if not isinstance(found, dict) or set(found) not in PARTS:
        raise _wrong()
    return {member: _checked(part) for member, part in found.items()}


def _checked(found: object) -> str:
    try:
        return check_name(found)
    except MalformedError as error:
        raise _wrong() from error


def _wrong() -> MalformedError:
    return MalformedError(
        'seal a name as JSON: {"given": …, "family": …} or, of a contact, one string; each of 1 to 40 characters '
        "in NFC, on one line", code="name-invalid", pointer="/name/jwe",
    )
