"""Charts over a period, each with its table, and reports to take away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response
from werkzeug.exceptions import NotFound

from registry.errors import MalformedError
from registry.model.times import stamp
from registry.reporting.charts import svg
from registry.reporting.figures import Figure
from registry.reporting.figures import figures as figures_of
from registry.reporting.files import csv_of, report_of
from registry.reporting.numbers import Numbers, Period
from registry.texts import reasons
from registry.usecases import reports
from registry.web.context import ports
from registry.web.portal import language, pages
from registry.web.portal.auditor_shared import asked, blueprint, me, say
from registry.web.portal.sessions import signed_in

# Charts are shown as images: what style they carry is their own, and nothing else is ever loaded or run.
CHART = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
# Same numbers, same file: a report that is made twice can be compared byte by byte.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@blueprint.get("/figures")
@signed_in("auditor")
def figures() -> Response:
    """All figures of a period."""
    typed = asked("since", "until")
    try:
        over = reports.asked(ports(), typed.get("since"), typed.get("until"))
    except MalformedError:
        return pages.show("auditor/figures.html", 422, figures=[], typed=typed, query="",
                          errors={"until": "auditor.error.until"})
    shown = {"since": over.since.isoformat(), "until": over.until.isoformat()}
    return pages.show(
        "auditor/figures.html", figures=_figures(reports.numbers(ports(), over)), typed=shown, errors={},
        query=urlencode({**shown, "lang": language.language()}),
    )


@blueprint.get("/figures/<word:key>.svg")
@signed_in("auditor")
def chart(key: str) -> Response:
    """One chart, as an image."""
    return Response(svg(_found(key).chart), content_type="image/svg+xml", headers={
        "Content-Security-Policy": CHART, "Cache-Control": "no-store"})


@blueprint.get("/figures/<word:key>.csv")
@signed_in("auditor")
def table(key: str) -> Response:
    """One table, as CSV."""
    return Response(csv_of(_found(key)), content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="{key}.csv"', "Cache-Control": "no-store"})


@blueprint.get("/report.zip")
@signed_in("auditor")
def report() -> Response:
    """The whole report: HTML, charts and tables. That it was taken is an entry."""
    over = _over()
    found = _figures(reports.report(ports(), me(), over))
    files = report_of(found, say, language.TAGS[language.language()], say("report.title"), _facts(over))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    name = f"report-{over.since.isoformat()}-{over.until.isoformat()}.zip"
    return Response(packed.getvalue(), content_type="application/zip", headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"})


def _over() -> Period:
    typed = asked("since", "until")
    return reports.asked(ports(), typed.get("since"), typed.get("until"))


def _figures(numbers: Numbers) -> list[Figure]:
    tongue = language.language()
    return figures_of(numbers, say, lambda code: reasons.plain(code, tongue))


def _found(key: str) -> Figure:
    found: Sequence[Figure] = _figures(reports.numbers(ports(), _over()))
    figure = next((one for one in found if one.key == key), None)
    if figure is None:
        raise NotFound
    return figure


def _facts(over: Period) -> list[tuple[str, str]]:
    found = reports.facts(ports())
    return [
        (say("report.period"), f"{over.since.isoformat()} – {over.until.isoformat()} (UTC)"),
        (say("report.log"), found["origin"]), (say("report.size"), language.number(found["size"])),
        (say("report.witnesses"), found["witnesses"]), (say("report.made"), stamp(found["at"])),
    ]
