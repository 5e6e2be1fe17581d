"""What the borrower's pages share: their blueprint, whose zone times are told in, forms that are JSON bodies too."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import flask_babel  # type: ignore[import-untyped]
from babel.numbers import get_currency_precision
from flask import Blueprint
from marshmallow import Schema

from registry.model.times import DAY, parse_stamp, stamp
from registry.usecases.me import mine
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import language
from registry.web.portal.sessions import current

BORROWER = "borrower"
blueprint = Blueprint(BORROWER, __name__, url_prefix="/me")

MONTH = 30  # days
MEDIA_WITH_TEXT = ("voice", "sms", "email")
# A form offers hours of the day, not times to type.
WINDOWS = {"morning": "09:00-12:00", "afternoon": "14:00-17:00", "evening": "18:00-20:00"}


def people() -> list[Record]:
    """The borrowers of this session, and from here on times in the zone of the first. One query."""
    own = mine.borrowers(ports(), current())
    if own:
        language.use_zone(own[0]["time_zone"])
    return own


def open_people() -> list[Record]:
    """Those of them that were not erased: for whom there is still something to say or to allow. One query."""
    return [one for one in people() if one["state"] == "open"]


def institutions(own: list[Record]) -> dict[str, str]:
    """Name of the institution by borrower. One query."""
    names = mine.names(ports(), (one["lender"] for one in own))
    return {one["id"]: names[one["lender"]] for one in own}


def whole(schema: Schema, body: dict[str, Any]) -> dict[str, Any]:
    """A body made of a form, held against the same schema as JSON. Raises ValidationError."""
    loaded: dict[str, Any] = schema.load(body)
    return loaded


def log_now() -> int:
    """The log clock, milliseconds."""
    return parse_stamp(ports().vault.call("log-now", {})["now"])


def in_months(months: int) -> str:
    """The end of a consent that lasts so many months from now, by the log clock."""
    return stamp(log_now() + months * MONTH * DAY)


def told_hours(windows: list[str]) -> str:
    """Windows as people read them: `09:00–12:00, 18:00–20:00`."""
    joint = "、" if language.language() == "zh" else ", "
    return joint.join(one.replace("-", "\N{EN DASH}") for one in windows)


def date_of(day: str) -> str:
    """A calendar day `YYYY-MM-DD` in words. It is a day wherever one is: no zone moves it."""
    return str(flask_babel.format_date(date.fromisoformat(day), language.DAYS[language.language()]))


def money(minor: int, currency: str) -> str:
    """An amount in minor units as the language writes it."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(flask_babel.format_currency(amount, currency))
