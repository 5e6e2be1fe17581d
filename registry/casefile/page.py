"""The page of a case for people, on paper too: one HTML file in Chinese or English, no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from registry.casefile.markup import Words, listed, section, table
from registry.model.catalogue.calls import ASKED_APPROVAL
from registry.model.catalogue.renewals import REQUESTED
from registry.texts import pages
from registry.texts.facts import flat

Record = Mapping[str, Any]
TAGS = {"zh": "zh-CN", "en": "en"}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;"
    "vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ccc}dt{font-weight:600}"
    "dd{margin:0 0 .5rem;overflow-wrap:anywhere}td{overflow-wrap:break-word}code,pre{overflow-wrap:anywhere;"
    "white-space:pre-wrap;font-size:.85em}h2{margin-top:2rem;border-bottom:2px solid #1b1b1b}"
    "@media print{body{font-size:10pt;max-width:none;margin:0}tr{break-inside:avoid}h2{break-after:avoid}}"
)
# A saved page that is opened from a folder loads and runs nothing whatever is in it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
APPROVALS = {**dict.fromkeys(ASKED_APPROVAL, "asked"), "approval-given/1": "given", "approval-refused/1": "refused"}
# Members in which an entry says what happened, as `delivered` or `relayed`.
SAYING = ("outcome", "answer", "status", "verdict", "alarm", "template", "to", "what", "about", "why")
CONSENTS = {**dict.fromkeys(REQUESTED, "asked"), "consent-given/1": "given", "objected/1": "objected"}


def page(told: Record, entries: Sequence[Record], language: str) -> str:
    """The page of what `case.json` tells (`told`) and its entries. `language`: zh or en."""
    def say(key: str, /, **params: object) -> str:
        return pages.text(key, language, params)

    parts = [
        _decision(told, say), _reasons(told, say, language), _attempts(told, say), _approvals(entries, say),
        _consents(entries, say), _rules(told, say), _after(told, entries, say), _sealed(told, say), _log(told, say),
        _facts(told, say), _entries(told, entries, say),
    ]
    title = say("case.title")
    lead = say("case.lead" if told["replay"]["by"] == "vault" else "case.lead.auditor")
    return str(Markup(
        '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<h1>{}</h1>\n<p>{}</p>\n{}\n</body>\n</html>\n"
    ).format(TAGS[language], POLICY, title, Markup(STYLE), title, lead, Markup("\n").join(parts)))  # noqa: S704


def _decision(told: Record, say: Words) -> Markup:
    again = say(f"auditor.verdict.{told['replay']['verdict']}")
    rows = [
        (say("auditor.member.verdict"), say(f"auditor.verdict.{told['verdict']}")),
        (say("case.replay"), say("case.replay.agrees" if told["replay"]["agrees"] else "case.replay.disagrees",
                                 verdict=again)),
        (say("case.when"), _time(told["decided_at"])),
        (say("case.client"), f"{_name(told, told['client'])}, {told['agent']}"),
        (say("auditor.member.purpose"), say(f"auditor.purpose.{told['purpose']}")),
        *_asked(told, say),
        *((say(f"auditor.member.{name}"), told[name]) for name in ("lookup", "account", "borrower", "contact")
          if name in told),
        (say("auditor.member.index"), told["index"]),
    ]
    more = [say("case.unknown")] if "borrower" not in told else []
    more += [say("case.erased")] if told["erased"] else []
    warned = (Markup("<p><strong>{}</strong></p>").format(one) for one in more)
    return section(say("case.decision"), listed(rows), *warned)


def _asked(told: Record, say: Words) -> list[tuple[str, str]]:
    """What was asked for; of a visit who goes there, of a call whether the line it comes from was named."""
    about, mode = told["about"], told["mode"]
    kind = f"course.kind.contact.{mode}" if about == "contact" else f"course.kind.{about}"
    rows = [(say("course.kind"), say(kind))]
    if about == "visit":
        rows.append((say("course.visitors"), ", ".join(told.get("visitors", ())) or say("course.visitors.none")))
    if about == "contact" and mode == "call":
        rows.append((say("course.caller"), say("course.caller.yes" if told.get("caller") else "course.caller.no")))
    return rows


def _reasons(told: Record, say: Words, language: str) -> Markup:
    rows = [(one["code"], one[language]) for one in told["reasons"]]
    return section(say("case.reasons"), listed(rows) if rows else say("auditor.lookup.no-reasons"))


def _attempts(told: Record, say: Words) -> Markup:
    heads = [say(f"officer.attempt.{name}") for name in ("when", "medium", "agency", "class", "counts")]
    rows = []
    for one in told["attempts"]:
        minute = f" {one['minute'] // 60:02d}:{one['minute'] % 60:02d}" if "minute" in one else ""
        counts = say(f"officer.counts.{one['counts']}")
        why = f" ({say('officer.why.' + one['why'])})" if "why" in one else ""
        rows.append((f"{one['date']}{minute}", say(f"officer.medium.{one['medium']}"),
                     _name(told, one.get("agency", "–")), say(f"officer.class.{one['class']}"), counts + why))
    return section(say("auditor.lookup.timeline"), say("auditor.lookup.timeline.note", zone=told["zone"]),
                   table(heads, rows) if rows else say("auditor.lookup.no-attempts"))


def _approvals(entries: Iterable[Record], say: Words) -> Markup:
    rows = [
        (one["index"], _time(one["at"]), say(f"case.approval.{APPROVALS[one['kind']]}"),
         "; ".join(_signature(auth, say) for auth in one["auth"]) or "–")
        for one in entries if one["kind"] in APPROVALS
    ]
    heads = [say("case.entry.index"), say("case.when"), say("case.approvals"), say("case.signed-by")]
    return section(say("case.approvals"), table(heads, rows) if rows else say("case.approvals.none"))


def _signature(auth: Record, say: Words) -> str:
    key = "passkey" if auth["alg"] == "webauthn" else "key"
    return say(f"case.signature.{key}", officer=auth.get("officer", "–"))


def _consents(entries: Iterable[Record], say: Words) -> Markup:
    rows = []
    for one in entries:
        body, kind = one["body"], one["kind"]
        step = body["act"] if kind == "consent-withdrawn/1" else CONSENTS.get(kind)
        if step is None:
            continue
        rows.append((one["index"], _time(one["at"]), say(f"case.consent.giver.{body.get('giver', 'contact')}"),
                     say(f"case.consent.{step}", assurance=body.get("assurance", "–")),
                     _terms(body, say) if "terms_sha256" in body else "–"))
    heads = [say("case.entry.index"), say("case.when"), say("case.consent.who"), say("case.consent.what"),
             say("case.consent.terms")]
    return section(say("case.consents"), table(heads, rows) if rows else say("case.consents.none"))


def _terms(body: Record, say: Words) -> Markup:
    words = say("case.consent.notice", id=body["notice"]["id"], version=body["notice"]["version"],
                language=body["notice"]["language"], expires=_time(body["expires_at"]))
    return Markup("{} SHA-256 <code>{}</code>").format(words, body["terms_sha256"])


def _rules(told: Record, say: Words) -> Markup:
    rows = [(f"{one['name']} {one['version']}", Markup('<a href="{}">{}</a> SHA-256 <code>{}</code>').format(
        one["file"], one["file"], one["sha256"])) for one in told["packs"]]
    return section(say("case.rules"), listed(rows) if rows else say("case.rules.none"))


def _after(told: Record, entries: Iterable[Record], say: Words) -> Markup:
    rows = [(one["index"], _time(one["at"]), _what(one, say), _by(told, one["by"])) for one in entries
            if one["index"] > told["index"]]
    heads = [say("case.entry.index"), say("case.when"), say("case.entry.what"), say("case.entry.by")]
    return section(say("case.after"), table(heads, rows) if rows else say("case.after.none"),
                   say("case.after.through", index=told["read_through"] - 1))


def _sealed(told: Record, say: Words) -> Markup:
    rows = []
    for one in told["sealed"]:
        state = say("case.sealed.opened" if one["opened"] else "case.sealed.closed")
        words = told["words"].get(one["commitment"])
        shown = Markup("{}") if words is None else Markup("{}<blockquote>{}</blockquote>")
        rows.append((one["index"], say(f"case.sealed.{one['member']}"), shown.format(state, words)))
    heads = [say("case.entry.index"), say("case.sealed"), ""]
    return section(say("case.sealed"), table(heads, rows) if rows else say("case.sealed.none"))


def _log(told: Record, say: Words) -> Markup:
    at = told["checkpoint"]
    if at["cosigned_by"]:
        witnesses = say("case.log.cosigned", names=", ".join(at["cosigned_by"]))
    else:
        witnesses = say("case.log.none" if at["witnesses"] == "none" else "case.log.uncosigned")
    return section(say("case.log"), listed([
        (say("case.log.origin"), told["log"]), (say("case.log.key"), told["key"]),
        (say("case.log.checkpoint"), say("case.log.size", size=at["size"], root=at["root"])),
        (say("case.log.witnesses"), witnesses),
    ]))


def _facts(told: Record, say: Words) -> Markup:
    return section(say("case.facts"), table([say("auditor.lookup.fact"), say("auditor.lookup.value")],
                                            flat(told["facts"])))


def _entries(told: Record, entries: Iterable[Record], say: Words) -> Markup:
    shown = Markup("\n").join(
        Markup("<h3>{} · {} · {}</h3>\n<pre>{}</pre>").format(one["index"], one["kind"], one["at"], one["text"])
        for one in entries if one["index"] > 0)
    others = told["left_out"]["entries_of_others_on_the_same_lines"]
    return section(say("case.entries"), say("case.entries.note", others=others), shown)


def _what(one: Record, say: Words) -> str:
    """An entry in a few words, with its own word for what happened."""
    name = one["kind"].partition("/")[0]
    said = next((str(one["body"][member]) for member in SAYING if member in one["body"]), one["kind"])
    known = f"case.kind.{name}"
    return say(known, said=said) if pages.known(known) else say("case.kind.other", said=one["kind"])


def _time(stamp: str) -> str:
    """A stamp as people read it, to the second, in UTC."""
    return stamp[:19].replace("T", " ")


def _by(told: Record, by: Record) -> str:
    return f"{by['role']} {_name(told, by['id'])}" if "id" in by else str(by["role"])


def _name(told: Record, ident: str) -> str:
    return str(told["names"].get(ident, ident))
