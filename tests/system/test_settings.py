"""consentry.json: read back as written, refused when it is not ours."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from registry.settings import FILE, Settings, SettingsError, check_demo, check_origin, load

REAL = "registry.example.org/log"


def settings(data: Path, *, demo: bool = False) -> Settings:
    origin = "demo.invalid/log" if demo else REAL
    return Settings(data, origin, demo, data.parent / "kek", "https://registry.example.org")


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    saved = settings(tmp_path)
    saved.save()
    assert load(tmp_path) == saved


def test_every_path_is_absolute_however_the_folder_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(tmp_path).save()
    monkeypatch.chdir(tmp_path.parent)
    assert load(Path(tmp_path.name)).web == tmp_path / "web"


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings(tmp_path).save()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_missing_installation_says_which_command_makes_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"registry init .* --demo"):
        load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"demo": "no"}, {"origin": "https://x"}, {"extra": 1}, {"demo": True}, {"origin": "demo.invalid/log"}],
)
def test_a_file_of_another_version_or_shape_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    settings(tmp_path).save()
    path = tmp_path / FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(SettingsError):
        load(tmp_path)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    settings(tmp_path).save()
    path = tmp_path / FILE
    path.write_text(path.read_text()[:20])
    with pytest.raises(SettingsError, match="restore"):
        load(tmp_path)


def test_only_a_demo_log_is_of_demo_invalid() -> None:
    assert check_origin(REAL, demo=False) == REAL
    with pytest.raises(SettingsError):
        check_origin(REAL, demo=True)
    with pytest.raises(SettingsError):
        check_origin("demo.invalid/log", demo=False)


def test_a_demo_world_is_not_served_as_a_real_one_nor_the_reverse(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="add --demo"):
        check_demo(settings(tmp_path, demo=True), demo=False)
    with pytest.raises(SettingsError, match="leave out --demo"):
        check_demo(settings(tmp_path), demo=True)
