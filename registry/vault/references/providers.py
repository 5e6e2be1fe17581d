"""Checks of entries about not believing a provider any more, and about taking it up again."""

from __future__ import annotations

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.providers import RESUMED, SUSPENDED
from registry.model.entries import Draft
from registry.model.times import parse_stamp
from registry.policy import Provider
from registry.vault.references.context import FUTURE, Check, Context
from registry.vault.relations import unknown


def _suspended(draft: Draft, context: Context) -> None:
    """Also of one that is suspended already: an earlier `since` tightens more."""
    _known(draft, context)
    if "since" in draft.body and parse_stamp(draft.body["since"]) > context.at + FUTURE:
        raise MalformedError("/since lies in the future: a provider is suspended at once, and since when it lied",
                             code="time-out-of-range", pointer="/body/since")


def _resumed(draft: Draft, context: Context) -> None:
    if _known(draft, context).suspended_at is None:
        raise ConflictError("this provider is not suspended", code="provider-not-suspended")


def _known(draft: Draft, context: Context) -> Provider:
    provider = context.directory.provider(draft.body["provider"])
    if provider is None:
        raise unknown()
    return provider


PROVIDERS: dict[str, Check] = {SUSPENDED: _suspended, RESUMED: _resumed}
