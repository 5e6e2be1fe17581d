"""For auditors: every lookup with facts, replay and proof, or as a package of evidence; every entry."""

from __future__ import annotations

from typing import Any

from flask import Response

from registry.reporting.figures import figures as figures_of
from registry.texts import pages, reasons
from registry.usecases import auditing, cases, reports
from registry.web.api.routing import Blueprint, page
from registry.web.auth import scopes
from registry.web.bodies import answer
from registry.web.context import actor, ports
from registry.web.schemas import auditor as shapes

blueprint = Blueprint("auditor", __name__, url_prefix="/v1/audit", description="Auditors: everything.")
ZIP = {"type": "string", "contentMediaType": "application/zip"}


@blueprint.route("/lookups", methods=["GET"])
@scopes("audit:read")
@blueprint.arguments(shapes.LookupQuerySchema, location="query")
@blueprint.response(200, shapes.LookupPage)
def list_lookups(query: dict[str, Any]) -> Response:
    """Lookups, granted and refused, that match every member given, oldest first. A page may be short and yet have a
    `next`: what is rare is looked for part by part."""
    return answer(auditing.lookups(ports(), actor(), page(query)))


@blueprint.route("/lookups/<id:lookup>", methods=["GET"])
@scopes("audit:read")
@blueprint.response(200, shapes.AuditedLookupSchema)
def lookup(lookup: str) -> Response:
    """One lookup: its entry, the facts, the reasons, the decision made again from the log, the proof."""
    return answer(auditing.lookup(ports(), actor(), lookup))


@blueprint.route("/cases/<id:lookup>.zip", methods=["GET"])
@scopes("audit:read", "approvals")
@blueprint.arguments(shapes.CaseQuerySchema, location="query")
@blueprint.response(200, ZIP, content_type="application/zip", description="With a README that says how to check it.")
def take_out_case(query: dict[str, Any], lookup: str) -> Response:
    """The evidence of one lookup, granted or refused, as files signed by the registry: entries with proofs, facts,
    reasons, attempts, packs, what came of it. For officers too. That it was taken out is an entry, made first."""
    return packed(cases.case(ports(), actor(), lookup, opened="open" in query), lookup)


def packed(data: bytes, lookup: str) -> Response:
    """A package to keep, stored by nobody on its way."""
    return Response(data, content_type="application/zip", headers={
        "Content-Disposition": f'attachment; filename="case-{lookup}.zip"', "Cache-Control": "no-store"})


@blueprint.route("/entries", methods=["GET"])
@scopes("entries:read")
@blueprint.arguments(shapes.EntryQuerySchema, location="query")
@blueprint.response(200, shapes.EntryPage)
def list_entries(query: dict[str, Any]) -> Response:
    """The log's entries, oldest first."""
    return answer(auditing.entries(ports(), page(query)))


@blueprint.route("/figures", methods=["GET"])
@scopes("audit:read")
@blueprint.arguments(shapes.FiguresQuerySchema, location="query")
@blueprint.response(200, shapes.FiguresSchema)
def figures(query: dict[str, Any]) -> Response:
    """The numbers of a period: lookups by verdict, reason and agency, consents, approvals, complaints."""
    over = reports.asked(ports(), query.get("since"), query.get("until"))
    found = figures_of(reports.report(ports(), actor(), over), _words, lambda code: reasons.plain(code, "en"))
    return answer({
        "since": over.since.isoformat(), "until": over.until.isoformat(),
        "figures": [{"key": one.key, "title": one.title, "note": one.note, "heads": list(one.heads),
                     "rows": [list(row) for row in one.rows]} for one in found],
    })


@blueprint.route("/log", methods=["GET"])
@scopes("audit:read")
@blueprint.response(200, shapes.LogStateSchema)
def log_state() -> Response:
    """Size, checkpoint and witnesses, the checkpoint's signature checked."""
    return answer(auditing.log_state(ports()))


def _words(key: str, /, **params: object) -> str:
    return pages.text(f"auditor.{key}", "en", params)
