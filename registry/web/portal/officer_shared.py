"""What an officer's pages share: the blueprint, names of institutions, and the way from a form to a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response
from marshmallow import Schema, ValidationError

from registry.model.entries import Actor
from registry.usecases.paging import MOST, cursor_at, read_cursor
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, pages
from registry.web.portal.sessions import current

blueprint = Blueprint("officer", __name__, url_prefix="/officer")
PAGE = 25  # rows of a page
DIGITS = 16  # of a number that is typed: more than any schema takes


def me() -> Actor:
    """The officer who signed in."""
    return current().actor()


def parties() -> list[Record]:
    """Everybody who is registered, oldest first."""
    return ports().store.records("parties", {}, limit=MOST)


def names(found: Iterable[Record]) -> dict[str, str]:
    """What institutions are called, by id."""
    return {one["id"]: one["name"] for one in found}


def borrowers(found: Iterable[Mapping[str, Any]]) -> dict[str, Record]:
    """The borrowers whom these name in `borrower`, by id: whose they are (`lender`), and in which `time_zone`."""
    ids = tuple({one["borrower"] for one in found})
    return {one["id"]: one for one in ports().store.records("borrowers", {"id": ids})} if ids else {}


def zones(found: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Where these borrowers live, by id: what is of one of them is told by that zone, in lists too."""
    return {ident: one["time_zone"] for ident, one in borrowers(found).items()}


def to_act(draft: Mapping[str, Any]) -> Response:
    """To the page on which a draft is read and signed."""
    return pages.go("portal.officer.act", draft=draft["entry"]["id"])


def loaded(
    schema: type[Schema], typed: Mapping[str, str], numbers: Iterable[str] = (),
) -> tuple[Record, dict[str, str]]:
    """(what was meant, text keys of what is wrong by member). What was left empty is absent; `numbers`: integers."""
    sent: Record = {name: value for name, value in typed.items() if value != ""}
    wrong = [name for name in numbers if name in sent and not (
        sent[name].isascii() and sent[name].isdigit() and len(sent[name]) <= DIGITS)]
    sent |= {name: int(sent[name]) for name in numbers if name in sent and name not in wrong}
    try:
        body: Record = schema().load(sent)
    except ValidationError as error:
        return {}, {name: f"officer.error.{name}" for name in error.messages_dict if name in typed}
    return body, {}


def form_of(*names: str, optional: tuple[str, ...] = ()) -> tuple[dict[str, str], str | None]:
    """(the members of a form, its `once`, None of a page from before it had one): sent again, it makes no second
    draft. Raises BadRequestError."""
    sent = forms.read(*names, optional=(*optional, "once"))
    idem = forms.once(sent)
    return {name: value for name, value in sent.items() if name != "once"}, None if idem is None else idem["key"]


def page_after(cursor: str) -> int:
    """The place behind which a page begins. Raises MalformedError."""
    return read_cursor(cursor) if cursor else -1


def next_cursor(found: list[Record]) -> str | None:
    """The cursor of the next page where one more was found than is shown."""
    return cursor_at(found[PAGE - 1]["place"]) if len(found) > PAGE else None
