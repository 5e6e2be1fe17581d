"""Who watches the log is to be seen wherever the log is: /readyz, the auditor's page and its API."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from registry.settings import SettingsError
from registry.witness_file import read_policy
from tests.portal.visitor import by_link
from tests.quorum import Quorum
from tests.web.world import make_world


def test_a_quorum_is_shown_with_how_far_it_has_come_and_who_is_silent(tmp_path: Path) -> None:
    with make_world(tmp_path) as world:
        vault = world.bench.vault
        quorum = Quorum(vault.desk.keys.vkey, world.clock.wall)
        quorum.witnesses[2].mood = "refuses"
        vault.meet(quorum.feeder(), quorum.text)
        world.settle()
        shown = world.nobody.get("/readyz").json["witnesses"]
        assert (shown["quorum"], shown["silent"]) == ("2 of 3 (a b c)", ["c"])
        assert shown["policy"] == quorum.policy.digest
        assert world.auditor.get("/v1/audit/log").json["witnesses"]["quorum"] == "2 of 3 (a b c)"
        page = by_link(world, "auditor", language="en")
        page.get("/auditor/log")
        assert "2 of 3 (a b c)" in page.page
        assert "Did not confirm when last asked: c" in page.page
        assert "Only somebody who kept an older checkpoint" not in page.page
        with zipfile.ZipFile(io.BytesIO(page.get("/auditor/report.zip").data)) as archive:
            assert "2 of 3 (a b c)" in archive.read("report.html").decode()


@pytest.mark.parametrize(("text", "said"), [
    ("", "quorum line"), ("witness a nonsense\nquorum a\n", "line 1"), ("quorum nobody\n", "line 1"),
])
def test_a_policy_file_that_is_none_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "policy"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_policy(path)
    assert said in caught.value.detail
    with pytest.raises(SettingsError) as missing:
        read_policy(tmp_path / "none")
    assert "cannot be read" in missing.value.detail
