"""In which language and time zone somebody reads: texts of ours, dates and numbers by Babel's tables.

The language is what the reader chose (`?lang=`, kept in a cookie), else what the browser asks for, else Chinese.
Times are UTC, but for what is of one borrower, on his own pages and on officers': that is told by the borrower's
zone wherever it stands, so that a list and the page behind it say the same. Every time says its zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import flask_babel  # type: ignore[import-untyped]
from flask import Flask, Response, g, request

from registry.model.times import parse_rfc3339
from registry.texts import pages
from registry.texts.pages import LANGUAGES
from registry.web.portal import sessions

COOKIE = "lang"
YEAR = 365 * 24 * 3600
NAMES = {"zh": "简体中文", "en": "English"}
TAGS = {"zh": "zh-CN", "en": "en"}
# Unicode's date patterns (UTS 35, part 4).
DAYS = {"zh": "yyyy年M月d日", "en": "d MMMM yyyy"}
MOMENTS = {"zh": "yyyy年M月d日 HH:mm", "en": "d MMMM yyyy, HH:mm"}
# Zones that people call by a name; every other is told by how far it is from UTC.
ZONES = {"Asia/Shanghai": {"zh": "（北京时间）", "en": " (Beijing time)"}}
UTC = "UTC"
CHINESE = ("zh", "yue", "cmn")


def install(app: Flask) -> None:
    """Has Babel ask here for the language and the zone of a request."""
    flask_babel.Babel(app, default_locale="zh", locale_selector=language, timezone_selector=_zone)


def language() -> str:
    """`zh` or `en`."""
    chosen = request.args.get(COOKIE) or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    for tag, quality in request.accept_languages:
        first = tag.lower().split("-", 1)[0]
        if quality > 0 and (first in CHINESE or first == "en"):
            return "zh" if first in CHINESE else "en"
    return "zh"


def keep(response: Response) -> None:
    """Remembers a language that was chosen with this request."""
    chosen = request.args.get(COOKIE)
    if chosen in LANGUAGES:
        response.set_cookie(COOKIE, str(chosen), max_age=YEAR, secure=sessions.secure(), httponly=True,
                            samesite="Lax", path="/")


def others() -> list[tuple[str, str, str]]:
    """(tag, own name, link to this page) of each other language."""
    kept = {name: value for name, value in request.args.items() if name != COOKIE}
    return [(TAGS[one], NAMES[one], _link({**kept, COOKIE: one})) for one in LANGUAGES if one != language()]


def t(key: str, **params: object) -> str:
    """The words of a key in the reader's language; whole numbers among the values in the language's own form.

    Raises TextMissingError.
    """
    shown = {name: number(value) if type(value) is int else value for name, value in params.items()}
    return pages.text(key, language(), shown)


def number(value: int) -> str:
    """A whole number as the language writes it."""
    return str(flask_babel.format_decimal(value))


def use_zone(name: str) -> None:
    """Shows this request's times in that zone instead of UTC."""
    g.zone = name
    flask_babel.refresh()


def day(at: int | str, zone: str = "") -> str:
    """The calendar day of milliseconds or of an RFC 3339 time, in that zone, else in the one of this request."""
    return _written(_there(at, zone or _zone()), DAYS)


def moment(at: int | str, zone: str = "") -> str:
    """Day, hour and minute, and in which zone: whoever reads it should not have to guess where it is meant."""
    name = zone or _zone()
    when = _there(at, name)
    if name in ZONES:
        return f"{_written(when, MOMENTS)}{ZONES[name][language()]}"
    minutes = (when.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{'+' if minutes > 0 else '−'}{hours}{f':{rest:02d}' if rest else ''}" if minutes else ""
    return f"{_written(when, MOMENTS)} (UTC{offset})"


def _there(at: int | str, zone: str) -> datetime:
    """What clocks there show."""
    milliseconds = parse_rfc3339(at) if isinstance(at, str) else at
    return datetime.fromtimestamp(milliseconds / 1000, ZoneInfo(zone))


def _written(when: datetime, patterns: Mapping[str, str]) -> str:
    return str(flask_babel.format_datetime(when.replace(tzinfo=None), patterns[language()], rebase=False))


def _zone() -> str:
    return str(g.get("zone", UTC))


def _link(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}"
