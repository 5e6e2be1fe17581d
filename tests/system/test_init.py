"""A real installation: made by `init`, served by `up`, its parties added by officers' signatures."""

from __future__ import annotations

import json
import shlex
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.demo.http import Client
from registry.errors import ConsentryError
from registry.installing import initialise
from tests.databases import at, everything_in, options
from tests.docs.manual import block
from tests.system.world import Served, registry, served, until

ORIGIN = "registry.example.org/log"


@dataclass(frozen=True, slots=True)
class Installed:
    """A fresh real installation."""

    folder: Path
    data: Path
    officer: Path
    officer_id: str


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("real")
    officer, public = folder / "officer.key", folder / "officer.pub"
    made = documented("officer-keygen", {"officer-1.json": str(officer), "officer-1.pub": str(public)})
    other = registry("officer", "keygen", str(folder / "other.key"), "--public", str(folder / "other.pub"))
    assert (made.returncode, other.returncode) == (0, 0), made.stderr
    done = documented("init", {
        "DIR": str(folder / "data"), "log.example.com/consentry": ORIGIN,
        "/etc/consentry/keys/kek-1": str(folder / "kek"),
        "officer-1.pub": str(public), "officer-2.pub": str(folder / "other.pub"),
    }, *options(folder / "data"))
    assert (done.returncode, done.stderr) == (0, "")
    return Installed(folder, folder / "data", officer, json.loads(made.stdout)["officer"])


def documented(name: str, real: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    """One command of the operator's pages, with real values in the place of those that stand there."""
    words = shlex.split(block(name).replace("\\\n", " "))
    assert words[:3] == ["python", "-m", "registry"]
    assert set(real) <= set(words)
    return registry(*(real.get(word, word) for word in words[3:]), *more)


def init(folder: Path, data: Path, *officers: str, key: Path | None = None) -> tuple[int, str]:
    """`registry init`: its exit code and what it said on stderr."""
    named = [word for one in officers for word in ("--officer", one)]
    done = registry("init", "--data", str(data), "--origin", ORIGIN, "--key-file", str(key or folder / "kek"), *named,
                    *options(data))
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def real(installed: Installed) -> Iterator[Served]:
    with served(installed.data, demo=False) as up:
        until(up.ready, "the three processes")
        yield up


def test_only_its_owner_can_look_into_it(installed: Installed) -> None:
    for path in (installed.data, installed.data / "vault", installed.data / "web", installed.data / "courier"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    for path in (installed.officer, installed.folder / "kek", installed.data / "courier" / "key.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_key_file_inside_the_data_folder_is_refused(tmp_path: Path) -> None:
    code, said = init(tmp_path, tmp_path / "data", f"{'a' * 32}:{'A' * 43}", key=tmp_path / "data" / "kek")
    assert code == 1
    assert "inside the data folder" in said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["data/kek", "data/vault/../kek", "data/../data/x", "link/kek"])
def test_no_spelling_gets_a_key_file_into_the_data_folder(tmp_path: Path, key: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with pytest.raises(ConsentryError, match="inside the data folder"):
        initialise(tmp_path / "data", ORIGIN, tmp_path / key, [f"{'a' * 32}:{'A' * 43}"], None)


def test_init_is_refused_where_something_is(installed: Installed) -> None:
    before = {path: path.stat().st_mtime_ns for path in installed.data.rglob("*") if path.is_file()}
    code, said = init(installed.folder, installed.data, str(installed.folder / "officer.pub"))
    assert code == 1
    assert "not empty" in said
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("officer", ["nobody", "ab:cd", "/nonexistent", f"{'a' * 32}:AAAA"])
def test_an_officer_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, officer: str) -> None:
    with pytest.raises(ConsentryError, match="officer keygen"):
        initialise(tmp_path / "data", ORIGIN, tmp_path / "kek", [officer], None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("origin", ["https://registry.example.org", "demo.invalid/log", "UPPER/log", ""])
def test_an_origin_that_is_none_of_a_real_log_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConsentryError, match="origin"):
        initialise(tmp_path / "data", origin, tmp_path / "kek", [f"{'a' * 32}:{'A' * 43}"], None)
    assert list(tmp_path.iterdir()) == []


def test_a_real_log_is_not_served_as_a_demo(installed: Installed) -> None:
    for words in (("up",), ("vault", "--sockets", str(installed.folder))):
        done = registry(*words, "--data", str(installed.data), "--demo")
        assert done.returncode == 1
        assert "real" in done.stderr
        assert "Traceback" not in done.stderr


def test_it_is_served_by_the_command_that_operators_are_told(real: Served) -> None:
    words = shlex.split(block("up").replace("DIR", real.data.name).replace("8000", str(real.port)))
    assert isinstance(real.process.args, list)
    assert words[1:] == real.process.args[1:]


def test_it_serves_without_any_demo_route(real: Served) -> None:
    nobody = Client(f"http://127.0.0.1:{real.port}")
    ready = nobody.get("/readyz").value
    assert (ready["origin"], ready["demo"], ready["witnesses"]) == (ORIGIN, False, "none")
    for path in ("/v1/demo/clock", "/v1/demo/outbox"):
        assert nobody.get(path).status == 404


def test_a_party_is_added_by_an_officers_signature_and_its_token_is_shown_once(
    real: Served, installed: Installed
) -> None:
    add = ("party", "add", "--data", str(installed.data), "--json", "--sign", str(installed.officer))
    lender = json.loads(registry(*add, "--role", "lender", "--name", "示例银行", "--regulator", "CN").stdout)
    client = Client(f"http://127.0.0.1:{real.port}", lender["token"])
    assert client.get("/v1/borrowers").status == 200
    auditor = json.loads(registry(*add, "--role", "auditor", "--name", "示例审计").stdout)
    assert Client(client.url, auditor["token"]).get("/v1/audit/lookups").status == 200
    stored = everything_in(at(installed.data / "web" / "web.db"))
    assert lender["party"] in stored
    assert lender["token"] not in stored
    rotated = json.loads(registry("party", "rotate", "--data", str(installed.data), "--json", lender["party"]).stdout)
    assert Client(client.url, rotated["token"]).get("/v1/borrowers").status == 200
    until(lambda: client.get("/v1/borrowers").status == 403, "the old token to be refused")


def test_a_link_signs_staff_in_once_and_an_auditor_is_given_a_key_file(
    real: Served, installed: Installed, tmp_path: Path
) -> None:
    add = ("party", "add", "--data", str(installed.data), "--json", "--sign", str(installed.officer))
    auditor = json.loads(registry(*add, "--role", "auditor", "--name", "示例审计三").stdout)["party"]
    link = ("party", "link", "--data", str(installed.data), "--role")
    url = registry(*link, "auditor", auditor).stdout.strip()
    before, _, token = url.rpartition("/")
    assert before == f"https://{ORIGIN.partition('/')[0]}/sign-in/link"
    nobody = Client(f"http://127.0.0.1:{real.port}")
    opened = nobody.post("/v1/sign-in/link", {"token": token})
    assert (opened.status, opened.value["role"], opened.value["strength"]) == (201, "auditor", "link")
    assert nobody.post("/v1/sign-in/link", {"token": token}).status == 404
    made = registry("officer", "keygen", "--for", auditor, str(tmp_path / "auditor.key")).stdout
    (tmp_path / "auditor.pub").write_text(made, "ascii")
    given = registry("party", "key", "--data", str(installed.data), str(tmp_path / "auditor.pub"), "--sign",
                     str(installed.officer))
    assert json.loads(given.stdout)["party"] == auditor, given.stderr
    for role, subject in (("officer", auditor), ("borrower", auditor)):
        done = registry(*link, role, subject)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


def test_a_party_without_a_good_signature_is_refused(real: Served, installed: Installed, tmp_path: Path) -> None:
    registry("officer", "keygen", str(tmp_path / "stranger.key"))
    done = registry("party", "add", "--data", str(installed.data), "--role", "lender", "--name", "x",
                    "--regulator", "CN", "--sign", str(tmp_path / "stranger.key"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "signature-invalid" in done.stderr
    assert "cny_" not in done.stdout


@pytest.mark.parametrize("regulator", [(), ("--regulator", "ZZ"), ("--regulator", "cn")])
def test_a_lender_without_a_regulator_that_we_know_is_refused(
    real: Served, installed: Installed, regulator: tuple[str, ...]
) -> None:
    done = registry("party", "add", "--data", str(installed.data), "--role", "lender", "--name", "x", *regulator,
                    "--sign", str(installed.officer))
    assert (done.returncode, done.stdout) == (1, "")
    assert "--regulator" in done.stderr


def test_an_auditor_verifies_the_real_log_offline(real: Served, installed: Installed) -> None:
    add = ("party", "add", "--data", str(installed.data), "--json", "--sign", str(installed.officer))
    auditor = json.loads(registry(*add, "--role", "auditor", "--name", "示例审计二").stdout)
    url = f"http://127.0.0.1:{real.port}"
    genesis = Client(url, auditor["token"]).get("/v1/audit/entries?limit=1").value["items"][0]["entry"]
    key = str(genesis["body"]["log_key"])
    for check in ("verify", "replay"):
        done = registry("audit", check, "--log", f"{url}/log", "--key", key, "--token", auditor["token"])
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("ok ")
    other = key.replace(key.rsplit("+", 1)[1], "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    wrong = registry("audit", "verify", "--log", f"{url}/log", "--key", other, "--token", auditor["token"])
    assert wrong.returncode == 1
