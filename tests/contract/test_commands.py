"""The commands that make, show and refuse; each failure is exit 1 and one line that says what to do."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.contract import story
from tests.contract.client import World, run
from tests.databases import options

Done = subprocess.CompletedProcess[str]


def _refused(done: Done) -> str:
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(said) == 1, said
    return said[0]


@pytest.fixture
def officer(tmp_path: Path) -> tuple[Path, Path]:
    """An officer's key and its public part."""
    key, public = tmp_path / "officer.key", tmp_path / "officer.pub"
    made = run("officer", "keygen", str(key), "--public", str(public))
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    return key, public


def _init(tmp_path: Path, public: Path | str, **other: str) -> Done:
    given = {"data": str(tmp_path / "data"), "origin": "log.example.com/one", "key": str(tmp_path / "kek"), **other}
    return run("init", "--data", given["data"], "--origin", given["origin"], "--key-file", given["key"],
               "--officer", str(public), *options(Path(given["data"])))


def test_init_makes_an_installation_once(tmp_path: Path, officer: tuple[Path, Path]) -> None:
    _, public = officer
    assert _init(tmp_path, public).returncode == 0
    assert (tmp_path / "kek").exists()
    _refused(_init(tmp_path, public))


def test_init_refuses_a_key_file_inside_the_data_folder(tmp_path: Path, officer: tuple[Path, Path]) -> None:
    _refused(_init(tmp_path, officer[1], key=str(tmp_path / "data/kek")))
    assert not (tmp_path / "data/kek").exists()


def test_a_key_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, officer: tuple[Path, Path]) -> None:
    _refused(_init(tmp_path, officer[1], key=str(tmp_path / "not-there/kek")))
    assert not (tmp_path / "data").exists()
    assert _init(tmp_path, officer[1]).returncode == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, officer: tuple[Path, Path]) -> None:
    (tmp_path / "file").write_text("in the way")
    said = _refused(_init(tmp_path, officer[1], data=str(tmp_path / "file/data")))
    assert str(tmp_path / "file") in said
    assert "TRACE" not in said


@pytest.mark.parametrize("origin", ["https://log.example.com/one", "demo.invalid/mine", "with space/x", ""])
def test_init_refuses_an_origin_that_is_no_logs_name(
    tmp_path: Path, officer: tuple[Path, Path], origin: str
) -> None:
    _refused(_init(tmp_path, officer[1], origin=origin))
    assert not (tmp_path / "data/vault").exists()


def test_init_refuses_what_is_no_officers_public_key(tmp_path: Path, officer: tuple[Path, Path]) -> None:
    _refused(_init(tmp_path, "nobody"))
    assert not (tmp_path / "data/vault").exists()


def test_up_creates_nothing_and_says_which_command_would(tmp_path: Path) -> None:
    line = _refused(run("up", "--data", str(tmp_path / "none"), "--port", "1"))
    assert "init" in line
    assert "--demo" in line
    assert not (tmp_path / "none").exists()


def test_a_demo_world_is_not_served_without_demo(world: World) -> None:
    assert "--demo" in _refused(run("up", "--data", str(world.data), "--port", "1"))


def test_the_demo_card_is_its_users_own_and_names_what_the_contract_says(world: World) -> None:
    assert stat.S_IMODE((world.data / "demo.json").stat().st_mode) == 0o600
    card: dict[str, Any] = world.card
    assert {"url", "tokens", "agent", "purpose", "parties", "officers", "collector_jwk", "vault_jwks", "provider",
            "log", "borrowers"} <= set(card)
    assert set(card["tokens"]) >= {"lender", "collector", "rival_collector", "officer", "auditor"}
    assert set(card["parties"]) >= {"lender", "agency", "rival"}
    assert len(card["officers"]) == 2
    assert {"name", "kind", "secret", "next_seq"} <= set(card["provider"])
    assert card["provider"]["owner"] == "neutral"
    for person in card["borrowers"]:
        assert {"name", "borrower", "account", "contact", "contact_number", "channels"} <= set(person)
        assert person["contact_number"].startswith("+861000000")
        assert len(person["contact_number"]) == 14
        for channel in person["channels"]:
            assert {"id", "medium", "address"} <= set(channel)


def test_packs_are_listed_and_shown_with_sources_and_merged(world: World) -> None:
    listed = run("packs", "list", "--json")
    assert {row["pack"] for row in json.loads(listed.stdout)} >= {"floor", "cn"}
    assert "cn" in run("packs", "list").stdout
    plain = run("packs", "show", "cn")
    assert plain.returncode == 0
    merged = json.loads(run("packs", "show", "cn", "--effective", "--json").stdout)
    values = {row["parameter"]: row["value"] for row in merged["parameters"]}
    assert values["unreachable.span_days"] == 14
    assert "floor" in _refused(run("packs", "show", "atlantis"))


def test_open_refuses_with_one_line(world: World, first_answers: dict[str, Any], tmp_path: Path) -> None:
    key = world.card["collector_jwk"]
    _refused(run("open", "--key", key, stdin="not json"))
    _refused(run("open", "--key", key, stdin=json.dumps(first_answers["on-hold"])))
    _refused(run("open", "--key", str(tmp_path / "missing"), stdin=json.dumps(first_answers["unreachable"])))
    other = {**ECKey.generate_key("P-256").as_dict(private=True), "vault": json.loads(Path(key).read_text())["vault"]}
    (tmp_path / "other.jwk").write_text(json.dumps(other))
    _refused(run("open", "--key", str(tmp_path / "other.jwk"), stdin=json.dumps(first_answers["unreachable"])))


def test_sign_says_the_act_and_refuses_what_is_no_draft(world: World, officer: tuple[Path, Path]) -> None:
    _refused(run("officer", "sign", "--key", str(officer[0]), stdin="{}"))
    _refused(run("officer", "sign", "--key", str(officer[0]), stdin="nonsense"))
    draft = world.ask("POST", "/v1/releases/resume?draft=1", {}, who="officer").json
    done = run("officer", "sign", "--key", world.card["officers"][1]["key"], stdin=json.dumps(draft))
    assert json.loads(done.stdout) == story.sign(world, 1, draft["to_sign"])
    assert done.stderr.strip()
    changed = {**draft, "entry": {**draft["entry"], "id": "0" * 32}}
    _refused(run("officer", "sign", "--key", world.card["officers"][1]["key"], stdin=json.dumps(changed)))
