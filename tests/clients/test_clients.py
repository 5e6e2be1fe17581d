"""Clients that nobody here wrote, generated from the OpenAPI document, look a contact up: permitted and refused.

They share one idempotency key for the permit: the first gets it, the others have it delivered again.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import openapi_generator_cli
import pytest

from tests.contract.client import World, served
from tests.seeded import seeded_world
from tests.system.world import copy

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
# The generator's own libraries are all that its Java client needs.
JAR = Path(openapi_generator_cli.__file__).with_name("openapi-generator.jar")
# Of a program that runs for seconds, a better compiler compiles longer than it saves.
HASTY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
WITHOUT = "apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"


# Three generators, two compilers and a virtual machine take a minute of both cores: not in each run of the suite.
pytestmark = pytest.mark.skipif(os.environ.get("REQUIRE_CLIENTS") != "1", reason="takes a minute: make clients")


def absent(reason: str) -> NoReturn:
    """`make clients` says that everything must be there."""
    pytest.fail(reason)


def run(*command: str | Path, folder: Path, **more: str) -> str:
    """A program's output. Fails with all it said unless it ends well."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "PATH": path, **more})
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-8_000:]
    return done.stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(copy(seeded_world(tmp_path_factory), tmp_path_factory.mktemp("clients") / "data")) as up:
        yield up


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """A folder with the served document."""
    (tmp_path / "openapi.json").write_bytes(world.ask("GET", "/v1/openapi.json").body)
    return tmp_path


def arguments(world: World) -> list[str]:
    people = {name: one["account"] for name, one in world.people.items()}
    return [world.url, world.card["tokens"]["collector"], people["unreachable"], people["attempts-missing"], "shared"]


def generate(folder: Path, generator: str, *more: str) -> None:
    """Runs openapi-generator; what it cannot make of our document it says as a warning or an error."""
    if shutil.which("java") is None:
        absent("java is not installed")
    run("java", *HASTY, "-jar", JAR, "generate", "-i", "openapi.json", "-g", generator, "-o", "client",
        f"--global-property=apis=Collector:Events,models,supportingFiles,{WITHOUT}", *more, folder=folder)


def judge(world: World, printed: str) -> None:
    """What every client must have understood."""
    said: dict[str, Any] = json.loads(printed)
    assert said.pop("jwe").count(".") == 4
    assert said.pop("script")
    lookup = said.pop("lookup")
    assert said == {
        "permit": "permit", "deny": "deny", "state": "trying", "action": "dial", "again": True,
        "missing": ["attempts-too-few", "notice-missing", "approval-missing"], "problem": "token-unknown",
        "kinds": ["lookup-decided/1"],
    }
    assert "attempts-too-few" in world.reasons(lookup)


def test_a_client_by_openapi_python_client_looks_up(world: World, folder: Path) -> None:
    made = run(BIN / "openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none",
               "--output-path", "consentry_client", "--config", HERE / "python" / "generator.yaml", folder=folder)
    # It knows no CSV and no lines of JSON: a switch's files are nothing for it, and nothing else is amiss.
    assert made.count("WARNING") <= 1
    assert "WARNING" not in made or "WARNING parsing POST /v1/attempts/{provider}/batch" in made
    judge(world, run(sys.executable, HERE / "python" / "lookups.py", *arguments(world), folder=folder,
                     PYTHONPATH=str(folder)))


def test_a_client_by_openapi_generator_in_java_looks_up(world: World, folder: Path) -> None:
    if shutil.which("javac") is None:
        absent("javac is not installed")
    generate(folder, "java", "--library", "native", "--additional-properties=openApiNullable=false,"
             "invokerPackage=consentry,apiPackage=consentry.api,modelPackage=consentry.model")
    sources = [*(folder / "client" / "src" / "main" / "java").rglob("*.java"), *(HERE / "java").rglob("*.java")]
    run("javac", *(f"-J{one}" for one in HASTY), "-nowarn", "-proc:none", "-cp", JAR, "-d", "classes", *sources,
        folder=folder)
    judge(world, run("java", *HASTY, "-cp", f"classes{os.pathsep}{JAR}", "Lookups", *arguments(world), folder=folder))


def test_a_client_by_openapi_generator_in_typescript_looks_up(world: World, folder: Path) -> None:
    if shutil.which("node") is None:
        absent("node is not installed")
    own = HERE / "typescript"
    # Two workers must not install at once.
    with (Path(tempfile.gettempdir()) / f"consentry-node-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = subprocess.run(["make", "-C", own, "install"], check=False, capture_output=True, text=True,
                                   timeout=120)
    if installed.returncode != 0:
        absent("TypeScript cannot be installed (make -C tests/clients/typescript install)")
    generate(folder, "typescript-fetch", "--additional-properties=importFileExtension=.js")
    for name in ("lookups.ts", "tsconfig.json", "package.json"):
        shutil.copy(own / name, folder)
    (folder / "node_modules").symlink_to(own / "node_modules")
    run("node", "node_modules/typescript/bin/tsc", "-p", ".", folder=folder)
    judge(world, run("node", "out/lookups.js", *arguments(world), folder=folder))
