"""schemathesis over the whole OpenAPI document of a served demo world, as each role and without a token."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry.usecases.tokens import SCOPES
from tests.contract.client import ROOT, World, until
from tests.deep import DEEP

HERE = Path(__file__).parent
# Random cases an operation; before a change lands beside systematic ones, some sixty an operation, which take most of
# the time. CONTRIBUTING.md says how to have more.
EXAMPLES = os.environ.get("CONSENTRY_INTERFACE_EXAMPLES", "1" if DEEP else "3")
PHASES = "examples,coverage,fuzzing,stateful" if DEEP else "fuzzing,stateful"
LEAST_CASES = 10 if DEEP else 2  # an operation
ROLES = {"collector": "agency", "lender": "lender", "officer": "officer", "auditor": "auditor", "nobody": ""}
PEOPLE = ("borrower", "contact")  # by a session
# Of the demo's people those whom strangers play, and erase on the way; other tests have others.
NAMED = {"borrower": "not-overdue", "contact": "not-placed"}
SPARED = "on-hold"
ENDS = "closeSession"  # after which nothing of that session can be asked
METHODS = {"get", "post", "put", "patch", "delete"}


def operations(spec: dict[str, Any], who: str) -> list[str]:
    """Names of the operations that somebody's token or session may use; of nobody, of the open ones."""
    return [operation["operationId"] for methods in spec["paths"].values() for method, operation in methods.items()
            if method in METHODS and may(who, operation)]


def may(who: str, operation: dict[str, Any]) -> bool:
    if who in PEOPLE:
        return who in operation.get("x-roles", ())
    if who == "nobody":
        return not operation["security"] or {} in operation["security"]
    return bool(set(SCOPES[ROLES[who]]) & set(operation.get("x-scopes", ())))


@pytest.fixture(scope="module", autouse=True)
def sessions(world: World) -> dict[str, str]:
    """Sessions for all tests here, opened before strangers have tried more often than their network may."""
    found = {f"{who} {name}": session(world, who, name) for who in PEOPLE for name in (NAMED[who], SPARED)}
    return {**found, ENDS: session(world, "borrower", SPARED)}


def session(world: World, who: str, name: str) -> str:
    """A fresh session of a borrower, by a link of the lender's, or of a contact, by a code."""
    person = world.people[name]
    if who == "borrower":
        link = world.ask("POST", f"/v1/borrowers/{person['borrower']}/portal-links", {}, who="lender").json["token"]
        return str(world.ask("POST", "/v1/sign-in/link", {"token": link}).json["session"])
    number = person["contact_number"]
    before = len(codes(world, number))
    asked = world.ask("POST", "/v1/sign-in", {"role": "contact", "address": number}).json["request"]
    code = until(lambda: codes(world, number)[before:], "the code")[-1]
    return str(world.ask("POST", f"/v1/sign-in/{asked}/code", {"code": code}).json["session"])


def codes(world: World, number: str) -> list[str]:
    return [one["code"] for one in world.outbox(number) if one["template"] == "sign-in-code"]


def things(world: World) -> dict[str, list[str]]:
    """Ids that exist, by the path parameters that take them."""
    people = list(world.people.values())
    provider = [world.card["provider"]["name"]]
    return {
        "account": [one["account"] for one in people], "borrower": [one["borrower"] for one in people],
        "contact": [one["contact"] for one in people], "name": provider, "provider": provider,
        "channel": [one["channels"][0]["id"] for one in people],
    }


def run(world: World, bearer: str | None, names: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """One derandomized run; a finding is a failure with the request that shows it."""
    token = ["--header", f"Authorization: Bearer {bearer}"] if bearer else []
    return subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
         f"{world.url}/v1/openapi.json", *token, "--include-operation-id-regex", f"^({'|'.join(names)})$",
         "--phases", PHASES, "--max-examples", EXAMPLES, "--seed", "1", "--no-shrink", "--continue-on-failure",
         "--warnings", "off"],
        cwd=folder, capture_output=True, text=True, timeout=1_800, check=False,
        env={**os.environ, "INTERFACE_THINGS": json.dumps(things(world)), "PYTHONPATH": str(ROOT), "NO_COLOR": "1",
             "SCHEMATHESIS_HOOKS": "tests.interface.hooks"})


@pytest.mark.parametrize("who", [*PEOPLE, *ROLES])
def test_no_request_finds_what_the_document_does_not_say(
    world: World, sessions: dict[str, str], tmp_path: Path, who: str
) -> None:
    spec = world.ask("GET", "/v1/openapi.json").json
    names = [name for name in operations(spec, who) if name != ENDS]
    bearer = sessions[f"{who} {NAMED[who]}"] if who in PEOPLE else world.card["tokens"].get(who)
    done = run(world, bearer, names, tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None
    assert int(tested[1]) == len(names) > 0
    cases = re.search(r"(\d+) generated", done.stdout)
    assert cases is not None
    assert int(cases[1]) > LEAST_CASES * len(names)


def test_together_the_roles_reach_every_operation(world: World) -> None:
    spec = world.ask("GET", "/v1/openapi.json").json
    every = {one["operationId"] for methods in spec["paths"].values() for method, one in methods.items()
             if method in METHODS}
    assert {name for who in (*ROLES, *PEOPLE) for name in operations(spec, who)} == every


def test_ending_a_session_answers_as_documented_before_and_after(
    world: World, sessions: dict[str, str], tmp_path: Path
) -> None:
    done = run(world, sessions[ENDS], [ENDS], tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr


def filled(path: str) -> str:
    """A path with its parameters filled in."""
    words = {"feed": "payments", "provider": "demo-dialler", "name": "demo-dialler", "place": "0/000"}
    return re.sub(r"{(\w+)}", lambda found: words.get(found[1], "0" * 32), path)


def paths(world: World) -> dict[str, set[str]]:
    """Methods by path, parameters filled in."""
    spec = world.ask("GET", "/v1/openapi.json").json
    return {filled(path): {method.upper() for method in methods if method in METHODS}
            for path, methods in spec["paths"].items()}


def test_every_other_method_is_405_and_names_those_there_are(world: World) -> None:
    for path, methods in paths(world).items():
        if path.startswith("/log/tile/entries"):
            continue  # /log/tile/{place} is there too
        allowed = methods | ({"HEAD"} if "GET" in methods else set())
        for method in ({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - allowed):
            answer = world.ask(method, path, who="lender")
            assert (path, method, answer.status) == (path, method, 405)
            assert set(answer.headers["allow"].split(", ")) == allowed, path
            assert answer.headers["content-type"] == "application/problem+json"


def test_head_is_get_without_the_body(world: World) -> None:
    for path in ("/healthz", "/docs", "/v1/keys", "/v1/borrowers", "/v1/accounts", "/v1/events", "/log/checkpoint"):
        got, head = (world.ask(method, path, who="lender") for method in ("GET", "HEAD"))
        assert (head.status, head.body) == (got.status, b"") == (200, b""), path
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.body))


def test_every_body_needs_its_media_type_and_has_a_limit(world: World, sessions: dict[str, str]) -> None:
    spec = world.ask("GET", "/v1/openapi.json").json
    writes = [(filled(path), method.upper(), methods[method])
              for path, methods in spec["paths"].items() for method in methods if method in ("post", "put", "patch")]
    assert len(writes) > 30
    people = {who: sessions[f"{who} {SPARED}"] for who in PEOPLE}
    for path, method, operation in writes:
        who = next((name for name in (*ROLES, *PEOPLE) if name != "nobody" and may(name, operation)), None)
        who = people.get(str(who), who)
        plain = world.ask(method, path, raw=b"{}", who=who, key=True, headers={"Content-Type": "text/plain"})
        huge = world.ask(method, path, raw=b" " * 300_000, who=who, key=True)
        # A provider's callback is sealed unread, whatever it calls itself; the demo's sends no files of calls.
        unread = 409 if path.endswith("/batch") else 202
        assert (path, plain.status) == (path, unread if path.startswith("/v1/attempts/") else 415)
        assert (path, huge.status, huge.code) == (path, 413, "too-large")
