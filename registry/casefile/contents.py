"""One case as data, and its files. Whoever signs it signs the manifest over all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.casefile.collecting import commitments_in
from registry.casefile.keyfiles import key_files
from registry.casefile.packing import MANIFEST, SIGNATURE, digests, manifest
from registry.casefile.page import page
from registry.casefile.readme import LANGUAGES, readmes
from registry.casefile.witnessing import Witnessing, cosigners
from registry.model.entries import Entry
from registry.model.times import stamp
from registry.texts import reasons
from registry.tlog.note import parse_note, parse_verifier

CONTEXT = "consentry-case/1"
ASKED = ("account", "client", "agent", "about", "purpose", "mode", "borrower", "contact", "lender", "approval",
         "expires_at", "local_date", "visitors", "caller")


@dataclass(frozen=True, slots=True)
class Case:
    """Everything of one lookup.

    `entries`: those that belong to it and entry 0, ascending; `leaves` and `proofs` are theirs by index, all under
    `checkpoint`, a signed note. `verdict`, `agrees`: what the decision came to when it was made again by
    `judged_by` (`vault` or `auditor`). `packs`: text by name and version. `names`: of parties, by id. `others`: how
    many entries of other people on the same lines were weighed too and are left out. `read_through`: up to which
    index everything after the decision was looked through. `opened`: salt and words by commitment. `made`: who took
    it out, and when: the one thing in which two packages of one checkpoint differ.
    """

    origin: str
    vkey: str
    decided: Entry
    entries: Sequence[Entry]
    leaves: Mapping[int, bytes]
    proofs: Mapping[int, str]
    checkpoint: str
    witnesses: Witnessing
    facts: Mapping[str, Any]
    zone: str
    attempts: Sequence[Mapping[str, Any]]
    verdict: str
    agrees: bool
    judged_by: str
    packs: Mapping[tuple[str, str], str]
    names: Mapping[str, str]
    others: int
    read_through: int
    erased: bool
    opened: Mapping[str, bytes]
    made: Mapping[str, Any]


def files_of(case: Case, *, signed: bool) -> dict[str, bytes]:
    """Every file by its path, the manifest among them, its signature not. `signed`: there will be one."""
    told = told_of(case)
    texts: dict[str, str] = {
        "case.json": _json(told), "made.json": _json(dict(case.made)), "checkpoint": case.checkpoint,
        **{f"case.{one}.html": page(told, [entry_of(case, entry) for entry in case.entries], one)
           for one in LANGUAGES},
        **{f"packs/{name}@{version}.toml": text for (name, version), text in case.packs.items()},
        **key_files(case.vkey, case.entries[0].body),
        **{f"proofs/{index}.tlog-proof": proof for index, proof in case.proofs.items()},
        **case.witnesses.files(),
        **readmes("case", _places(case), *case.witnesses.lacks(), *(() if signed else ("signed",))),
    }
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    files |= {f"entries/{index}.json": leaf for index, leaf in case.leaves.items()}
    files |= {f"opened/{commitment}": words for commitment, words in case.opened.items()}
    about = {"log": case.origin, "lookup": case.decided.id, "index": str(case.decided.index)}
    return files | {MANIFEST: manifest(CONTEXT, about, digests(files)).encode("utf-8")}


def told_of(case: Case) -> dict[str, Any]:
    """`case.json`."""
    body = case.decided.body
    origin, size, root = parse_note(case.checkpoint).text.split("\n")[:3]
    return {
        "v": 1, "log": origin, "key": case.vkey, "lookup": case.decided.id, "index": case.decided.index,
        "decided_at": stamp(case.decided.at), "verdict": body["verdict"],
        **{name: body[name] for name in ASKED if name in body},
        "reasons": [{"code": code, **{one: reasons.plain(code, one) for one in LANGUAGES}}
                    for code in (*body["system"], *body["reasons"])],
        "replay": {"verdict": case.verdict, "agrees": case.agrees, "by": case.judged_by, "rules": body["rules"]},
        "checkpoint": {"size": int(size), "root": root, "witnesses": case.witnesses.said,
                       "cosigned_by": cosigners(case.checkpoint, parse_verifier(case.vkey))},
        "packs": [{**one, "file": f"packs/{one['name']}@{one['version']}.toml"} for one in body["packs"]],
        "zone": case.zone, "attempts": list(case.attempts), "facts": case.facts, "names": dict(case.names),
        "entries": [{"index": one.index, "kind": one.kind, "at": stamp(one.at)} for one in case.entries],
        "left_out": {"entries_of_others_on_the_same_lines": case.others},
        "read_through": case.read_through, "erased": case.erased,
        "sealed": [{"index": entry.index, "member": member, "commitment": commitment,
                    "opened": commitment in case.opened}
                   for entry, member, commitment in commitments_in(case.entries)],
        "words": {commitment: opened[32:].decode("utf-8") for commitment, opened in case.opened.items()},
        "signature": SIGNATURE if case.judged_by == "vault" else "none",
    }


def entry_of(case: Case, entry: Entry) -> dict[str, Any]:
    """An entry as the page shows it: `{index, at, kind, by, body, auth, text}`."""
    return {"index": entry.index, "at": stamp(entry.at), "kind": entry.kind, "by": entry.by.value(),
            "body": entry.body, "auth": list(entry.auth), "text": case.leaves[entry.index].decode("utf-8")}


def _places(case: Case) -> dict[str, str]:
    return {"LOOKUP": case.decided.id, "ORIGIN": case.origin, "INDEX": str(case.decided.index), "VKEY": case.vkey,
            **case.witnesses.places()}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
