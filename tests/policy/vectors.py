"""Golden vectors: entries, question and verdict of every released version of the rules.

`python -m tests.policy.vectors` writes the file of the present version where there is none yet. A vector that no
longer holds is a changed verdict: that is a new version of the rules, and the old one stays callable.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry.model.entries import Entry, draft_of
from registry.model.times import parse_stamp, stamp
from registry.policy import RULES, RULES_VERSION, Ask, Decision, facts_from, gather, packs_for, zones_of
from tests.policy.modes import STORIES
from tests.policy.test_eleven_borrowers import ELEVEN
from tests.policy.test_rules_on_people import ALONE
from tests.policy.test_tricks import TRICKS
from tests.policy.world import OFFSET, START, Case, Source, World, ident

FOLDER = Path(__file__).parents[2] / "registry/policy/vectors"


def file_of(version: str) -> Path:
    return FOLDER / f"rules@{version}.json"


def stories() -> Iterator[tuple[str, World, Case, dict[str, str]]]:
    """The demo's eleven, the tricks, each condition broken alone; messages, and the borrower's own channels. With
    what is asked otherwise than for a contact's number."""
    for name, (build, _, _) in ELEVEN.items():
        world = World()
        yield name, world, build(world), {}
    for trick, _ in TRICKS:
        world = World()
        yield trick.__name__.replace("_", "-"), world, trick(world), {}
    for name, change, _ in ALONE:
        world = World()
        case = world.unreachable()
        change(world, case)
        yield _slug(name), world, case, {}
    for name, build, asked, _ in STORIES:
        world = World()
        yield _slug(name), world, build(world), asked


def _slug(name: str) -> str:
    return name.replace(" ", "-").replace("'", "").replace(",", "")


def decided(version: str, entries: list[Entry], asked: dict[str, Any], at: int) -> Decision:
    source = Source.of(entries)
    history = gather(source, asked["account"])
    facts = facts_from(history, Ask(**asked), at)
    return RULES[version](facts, packs_for(source.directory, facts, at), at)


def told(decision: Decision) -> dict[str, Any]:
    """What must never change."""
    return {
        "verdict": decision.verdict, "reasons": list(decision.codes), "contact": decision.contact,
        "approval": decision.approval, "packs": [one.value() for one in decision.packs],
        "expires_at": None if decision.expires_at is None else stamp(decision.expires_at),
        "obligations": decision.obligations, "channels": list(decision.channels),
    }


def written(version: str) -> dict[str, Any]:
    """The vectors of a version. Equal entries and pack texts are kept once."""
    entries: dict[str, Any] = {}
    vectors = []
    for name, world, case, changes in stories():
        log = world.log()
        history = gather(Source.of(log), case.account)
        asked = {"lookup": ident("lookup"), "account": case.account, "client": world.agency, "agent": "A-17",
                 "about": "contact", "purpose": "restore-contact", "mode": "number",
                 **changes, "offsets": dict.fromkeys(sorted(zones_of(history)), OFFSET)}
        keys = []
        for entry in log:
            value = {**entry.draft.value(), "logged_at": stamp(entry.at)}
            text = json.dumps(value, sort_keys=True)
            key = ident(text)[:12]
            entries[key] = value
            keys.append(key)
        vectors.append({"name": name, "entries": keys, "asked": asked, "at": stamp(START),
                        "decision": told(decided(version, log, asked, START))})
    return {"rules": version, "entries": entries, "vectors": vectors}


def read(path: Path) -> Iterator[tuple[str, list[Entry], dict[str, Any], int, dict[str, Any]]]:
    """name, entries, asked, at, and the decision that must come out."""
    data = json.loads(path.read_text("utf-8"))
    for vector in data["vectors"]:
        entries = []
        for index, key in enumerate(vector["entries"]):
            value = dict(data["entries"][key])
            at = parse_stamp(value.pop("logged_at"))
            entries.append(Entry(index, at, draft_of(value)))
        yield vector["name"], entries, vector["asked"], parse_stamp(vector["at"]), vector["decision"]


def main() -> int:
    path = file_of(RULES_VERSION)
    if path.exists():
        sys.stderr.write(f"{path.name} exists: a released verdict does not change; make a new version of the rules\n")
        return 1
    text = json.dumps(written(RULES_VERSION), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
