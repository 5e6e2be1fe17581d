"""Vault, courier and web tier as three system users by the units' commands, and an operator at work on them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import frames
from tests.databases import only_sqlite
from tests.docs.manual import block
from tests.system.three_users import GROUP, USERS, Three, as_root, interpreter, three

STRANGER = 61_299
READER = "import sys; open(sys.argv[1], 'rb').read(1)"
ASKER = """import socket, sys
one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
one.settimeout(10)
one.connect(sys.argv[1])
one.sendall(bytes.fromhex(sys.argv[2]))
sys.exit(0 if one.recv(1) else 7)
"""
pytestmark = [as_root, only_sqlite("folders of three users")]


@pytest.fixture
def world(seeded: Path) -> Iterator[Three]:
    """Served from a folder that everybody may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="three-"))
    folder.chmod(0o755)
    try:
        with three(seeded, folder) as served:
            yield served
    finally:
        shutil.rmtree(folder)


def python(uid: int, code: str, *arguments: str, group: bool = True) -> int:
    """The exit code of a few lines, run by a user."""
    return subprocess.run([interpreter()[0], "-c", code, *arguments], user=uid, group=uid, check=False,
                          extra_groups=[GROUP] if group else [], cwd="/", capture_output=True).returncode


def operate(world: Three, name: str, uid: int = 0, **real: str) -> subprocess.CompletedProcess[str]:
    """Runs a block of the operator's pages as it stands, `real` in the place of what stands there, in a folder of
    the user's own."""
    script = block(name)
    for shown, value in real.items():
        assert shown in script, (name, shown)
        script = script.replace(shown, value)
    script = script.replace("DIR", str(world.data))
    home = world.data.parent / f"home-{uid}"
    home.mkdir(exist_ok=True)
    os.chown(home, uid, uid)
    return subprocess.run(
        ["bash", "-euc", f'umask 077; python() {{ {interpreter()[0]} "$@"; }}\n{script}'], user=uid, group=uid,
        extra_groups=[GROUP] if uid else [], cwd=home, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": interpreter()[1], "LANG": "C.UTF-8",
             "CONSENTRY_TOKEN": world.card["tokens"]["auditor"]})


def done(result: subprocess.CompletedProcess[str]) -> str:
    """What was printed by a block that must have succeeded."""
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_three_users_serve_and_an_operator_keeps_their_installation(world: Three) -> None:
    permit = world.look_up("unreachable")
    assert permit["verdict"] == "permit"
    _each_is_alone(world)
    _parties_are_added(world)
    _an_auditor_checks(world, permit["lookup"])
    _rebuilt(world)
    _rotated(world)
    assert world.look_up("attempts-missing")["verdict"] == "deny"
    _kept(world)


def _each_is_alone(world: Three) -> None:
    """Every process runs as its user, reads its own folder and no other, and hears only whom it was told to."""
    for name, process in world.others.items():
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        assert f"Uid:\t{USERS[name]}\t{USERS[name]}\t{USERS[name]}\t{USERS[name]}" in status
        assert "NoNewPrivs:\t1" in status
    files = {"vault": world.data / "vault" / "log.db", "courier": world.data / "courier" / "courier.db",
             "web": world.data / "web" / "web.db"}
    for name, file in {**files, "key": world.data.parent / "keys" / "kek"}.items():
        owner = "vault" if name == "key" else name
        may = {user for user, uid in USERS.items() if python(uid, READER, str(file)) == 0}
        assert may == {owner}, file
    settings = str(world.data / "consentry.json")
    assert all(python(uid, READER, settings) == 0 for uid in USERS.values())
    asked = frames.encode({"id": "1", "op": "status", "args": {}}).hex()
    heard = {name: {user for user, uid in {**USERS, "stranger": STRANGER}.items()
                    if python(uid, ASKER, str(world.sockets / f"{name}.sock"), asked) == 0}
             for name in ("vault", "courier")}
    assert heard == {"vault": {"courier", "web"}, "courier": {"web"}}
    assert python(STRANGER, ASKER, str(world.sockets / "vault.sock"), asked, group=False) not in (0, 7), "no way in"


def _parties_are_added(world: Three) -> None:
    """By the web tier's user, with officers' keys, over the sockets' folder."""
    web = USERS["web"]
    home = world.data.parent / f"home-{web}"
    home.mkdir()
    for number, officer in enumerate(world.card["officers"], start=1):
        shutil.copy(officer["key"], home / f"officer-{number}.json")
    jwk = json.loads(Path(world.card["collector_jwk"]).read_text("utf-8"))
    (home / "agency.jwk").write_text(json.dumps({name: jwk[name] for name in ("kty", "crv", "x", "y")}), "utf-8")
    for file in home.iterdir():
        os.chown(file, web, web)
    here = f"{world.data} --sockets {world.sockets}"
    officer = world.card["officers"][0]["id"]
    added = [json.loads(line) for line in done(operate(
        world, "party-add", web, DIR=f"{here} --json", ID=officer)).splitlines()]
    assert [one["token"][:4] for one in added] == ["cny_"] * 4
    auditor = added[-1]
    assert "cny_" in done(operate(world, "party-rotate", web, DIR=here, PARTY=auditor["party"]))
    assert "/sign-in/link/" in done(operate(world, "party-link", web, DIR=here, ID=officer))
    assert auditor["party"] in done(operate(world, "auditor-key", web, DIR=here, ID=auditor["party"]))
    pack = operate(world, "pack-body", web)
    assert json.loads((home / "body.json").read_text("utf-8"))["name"] == "us", pack.stderr


def _an_auditor_checks(world: Three, lookup: str) -> None:
    """Everything that the page on audits says, against the served log."""
    log = {"https://log.example.com/log": f"http://127.0.0.1:{world.port}/log",
           "NAME+HASH+BASE64": world.card["log"]["vkey"]}
    checked = done(operate(world, "audit-check", STRANGER, **log))
    assert [line.split()[0] for line in checked.splitlines() if line.startswith(("ok", "FAILED"))] == ["ok", "ok"]
    home = world.data.parent / f"home-{STRANGER}"
    for words in ("kept from now on", "of them new"):
        assert words in done(operate(world, "audit-monitor", STRANGER, **log))
    done(operate(world, "audit-report", STRANGER, **log, **{"DIR": "report", "[--language zh]": "--language zh"}))
    assert (home / "report" / "report.html").is_file()
    done(operate(world, "audit-bundle", STRANGER, **log, DIR="bundle"))
    assert list((home / "bundle").rglob("checkpoint"))
    done(operate(world, "audit-case", STRANGER, **log, LOOKUP=lookup))
    (home / "case.zip").unlink()
    done(operate(world, "case-zip", STRANGER, LOOKUP=lookup, **{
        "https://log.example.com": f"http://127.0.0.1:{world.port}"}))
    assert (home / "case.zip").read_bytes()[:2] == b"PK"


def _rebuilt(world: Three) -> None:
    here = f"{world.data} --sockets {world.sockets}"
    assert "rebuilt" in done(operate(world, "rebuild", USERS["web"], DIR=here, **{"[--json]": ""}))


def _rotated(world: Three) -> None:
    """By the vault's user alone; afterwards everybody can still read the settings, and nobody else the key."""
    new = world.data.parent / "keys" / "kek-2"
    other = operate(world, "rotate", OUTSIDE=str(new), **{"[--json]": ""})
    assert (other.returncode, other.stderr.count("as the user who owns")) == (1, 1)
    assert not new.exists()
    assert "wrapped by" in done(operate(world, "rotate", USERS["vault"], OUTSIDE=str(new), **{"[--json]": ""}))
    settings = world.data / "consentry.json"
    found = settings.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (USERS["vault"], GROUP, 0o640)
    assert json.loads(settings.read_text("utf-8"))["key_file"] == str(new)
    assert not (new.parent / "kek").exists()


def _kept(world: Three) -> None:
    """A backup by root while everything serves, and an installation of it: nothing in them is another's to read."""
    to, restored = world.data.parent / "backup", world.data.parent / "restored"
    done(operate(world, "backup", FOLDER=str(to), **{"[--json]": ""}))
    said = done(operate(world, "restore", FOLDER=str(to), NEW=str(restored), **{
        "[--guard FILE …] [--key-file OUTSIDE]": "", "[--web-database URL --vault-database URL]": ""}))
    assert "nothing newer was signed" in said
    for file in (to, restored, *to.rglob("*"), *restored.rglob("*")):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
    assert world.client().get("/readyz").status == 200
