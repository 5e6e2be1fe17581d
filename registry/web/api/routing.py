"""What the blueprints share: ids in paths, pages, officers' two steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from flask import Response
from flask_smorest import Blueprint as SmorestBlueprint  # type: ignore[import-untyped]
from werkzeug.routing import BaseConverter

from registry.usecases.paging import Page, page_of
from registry.usecases.ports import Body, Idem, Record
from registry.web.bodies import Parser, answer
from registry.web.context import idem

View = TypeVar("View", bound=Callable[..., Any])


class Decorator(Protocol):
    """Takes a view and gives one of the same type."""

    def __call__(self, view: View) -> View: ...


class IdConverter(BaseConverter):
    """An id in a path; anything else is no path of ours."""

    regex = "[0-9a-f]{32}"


class WordConverter(BaseConverter):
    """A short name in a path."""

    regex = "[a-z][a-z0-9-]{0,63}"


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A blueprint whose arguments are parsed strictly, and whose decorators keep a view's type."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, **options: Any) -> Decorator:
        return cast(Decorator, super().route(rule, **options))

    def arguments(self, schema: Any, **options: Any) -> Decorator:
        # One instance for all requests: making one copies every field.
        return cast(Decorator, super().arguments(schema() if isinstance(schema, type) else schema, **options))

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Decorator:
        return cast(Decorator, super().response(status_code, schema, **options))

    def documented(self, **content: Any) -> Decorator:
        """Adds to a view's documentation."""
        return cast(Decorator, self.doc(**content))


def page(query: dict[str, Any]) -> Page:
    """The page that a query asks for."""
    return page_of(query)


def created(value: Record) -> Response:
    """201 with a JSON body."""
    return answer(value, 201)


def act(
    query: Body, body: Body, draft: Callable[[], Record], do: Callable[[Idem | None], Record]
) -> Response:
    """An officer's act: with `?draft=1` what to sign (200), else done with the signatures in the body (201)."""
    key = idem(body)  # also of a draft, which has no use for it: one that cannot be read is never passed over
    return answer(draft()) if "draft" in query else created(do(key))
