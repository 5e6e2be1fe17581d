"""A draft of a pack: what it says otherwise, what it would have changed, and from there to the two signatures."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request
from werkzeug.exceptions import NotFound

from registry.errors import ConflictError, MalformedError
from registry.model.times import parse_stamp, stamp
from registry.reporting.charts import svg
from registry.reporting.comparison import figures
from registry.reporting.figures import Figure
from registry.texts import reasons
from registry.texts.pages import known
from registry.usecases import comparing, governance
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.auditor_figures import CHART
from registry.web.portal.officer_shared import blueprint, me, to_act
from registry.web.portal.sessions import signed_in
from registry.web.schemas.officer import PackSchema

MOST_TEXT = 40_000
MEMBERS = ("text", "from", "until")
FILE = "file"


@blueprint.get("/packs/compare")
@signed_in("officer")
def comparisons() -> Response:
    """A form for a draft, and what was compared of late."""
    return _asking({}, {})


@blueprint.post("/packs/compare")
@signed_in("officer")
def compare() -> Response:
    """Takes a draft, pasted or as a file, and lets it be compared."""
    typed = _typed()
    errors = {} if typed["text"] else {"text": "officer.compare.error.missing"}
    if not errors:
        body = {name: value for name, value in typed.items() if value}
        try:
            asked = comparing.ask(ports(), me(), body)
            return pages.go("portal.officer.comparison", comparison=asked["comparison"])
        except ConflictError:
            errors = {"text": "officer.compare.error.waiting"}
        except MalformedError as error:
            wrong = "until" if error.code == "period-wrong" or error.pointer == "/until" else "text"
            errors = {wrong: f"officer.compare.error.{wrong}"}
            return _asking(typed, errors, error.detail if wrong == "text" else "")
    return _asking(typed, errors)


@blueprint.get("/packs/compare/<id:comparison>")
@signed_in("officer")
def comparison(comparison: str) -> Response:
    """One draft beside the pack in force, and its comparison as far as it is."""
    return _page(comparison, {}, {})


@blueprint.get("/packs/compare/<id:comparison>/<word:key>.svg")
@signed_in("officer")
def comparison_chart(comparison: str, key: str) -> Response:
    """One chart, as an image."""
    found = next((one for one in _figures(comparing.one(ports(), comparison)) if one.key == key), None)
    if found is None:
        raise NotFound
    return Response(svg(found.chart), content_type="image/svg+xml", headers={
        "Content-Security-Policy": CHART, "Cache-Control": "no-store"})


@blueprint.post("/packs/compare/<id:comparison>/activation")
@signed_in("officer")
def activate(comparison: str) -> Response:
    """Draws up that the draft is put in force at a later time (UTC)."""
    form = forms.read("day", "time")
    draft = comparing.one(ports(), comparison)["draft"]
    effective = f"{form['day']}T{form['time']}:00"
    body = {"name": draft["name"], "version": draft["version"], "text": comparing.text(ports(), comparison),
            "effective_from": f"{effective}Z"}
    if PackSchema().validate(body) or parse_stamp(f"{effective}.000Z") <= _now():
        return _page(comparison, {"day": "officer.compare.error.day"}, form)
    return to_act(governance.pack_draft(ports(), me(), body))


def _typed() -> dict[str, str]:
    """The form's members; the text of the file where one was chosen, whose name is nobody's business."""
    typed = forms.read(optional=MEMBERS, file=FILE)
    chosen = request.files.get(FILE)
    if chosen is not None and chosen.filename:
        typed["text"] = chosen.read(4 * MOST_TEXT + 1).decode("utf-8", "replace").replace("\r\n", "\n")
    elif typed["text"]:
        typed["text"] += "\n"  # a text area loses the end of the last line, which a file has
    return typed


def _asking(typed: Mapping[str, str], errors: Mapping[str, str], detail: str = "") -> Response:
    return pages.show("officer/comparisons.html", 422 if errors else 200, typed=typed, errors=errors, detail=detail,
                      jobs=comparing.listed(ports())["items"])


def _page(ident: str, errors: Mapping[str, str], typed: Mapping[str, str]) -> Response:
    job = comparing.one(ports(), ident)
    draft = comparing.in_words(ports(), comparing.text(ports(), ident), language.language())
    why = job.get("why")
    return pages.show(
        "officer/comparison.html", 422 if errors else 200, job=job, draft=draft, figures=_figures(job),
        percent=0 if not job["total"] else min(99, 100 * job["done"] // job["total"]), errors=errors,
        typed=typed or {"day": stamp(_now() + 7 * 86_400_000)[:10], "time": "00:00"},
        why=None if why is None else f"officer.compare.why.{why}" if known(f"officer.compare.why.{why}")
        else "officer.compare.why.other",
    )


def _figures(job: Record) -> list[Figure]:
    if "result" not in job:
        return []
    tongue = language.language()
    return figures(job["result"], lambda key, /, **params: language.t(f"officer.{key}", **params),
                   lambda code: reasons.plain(code, tongue))


def _now() -> int:
    """The log's time, in milliseconds."""
    return parse_stamp(ports().vault.call("log-now", {})["now"])
