"""One hierarchy of errors. Each has a stable code; the detail says what to change and never repeats a value."""

from __future__ import annotations


class ConsentryError(Exception):
    """Base of everything we raise on purpose. `code` is stable; `detail` is for people.

    `pointer` names the offending field as a JSON pointer where there is one.
    """

    code = "internal"

    def __init__(self, detail: str, *, code: str | None = None, pointer: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        if code is not None:
            self.code = code


class MalformedError(ConsentryError):
    """The shape or a value of what was sent is wrong (HTTP 422)."""

    code = "malformed"


class NotFoundError(ConsentryError):
    """Nothing of that name that the asker may see (HTTP 404)."""

    code = "not-found"


class ConflictError(ConsentryError):
    """It contradicts what is already there (HTTP 409)."""

    code = "conflict"


class UnauthorizedError(ConsentryError):
    """The authority that this act needs was not given (HTTP 403)."""

    code = "authority-missing"


class UnavailableError(ConsentryError):
    """Nothing was recorded; try again later (HTTP 503)."""

    code = "vault-unavailable"


class IntegrityError(ConsentryError):
    """Stored state contradicts itself: stop the process, an operator must look."""

    code = "log-inconsistent"


def code_refused() -> MalformedError:
    """The one answer to a code that is wrong, unknown, used, expired, tried too often, or no code at all."""
    return MalformedError("this code is not right, or no longer good: ask for the message again", code="code-refused")
