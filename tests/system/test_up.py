"""`up`: three processes that start, heal and stop; and worlds that are never mixed up."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import stat
from pathlib import Path

from registry.demo.http import Client
from tests.system.world import Served, copy, gone, registry, served, until


def test_up_with_demo_makes_a_world_and_serves_it(tmp_path: Path) -> None:
    with served(tmp_path / "data") as up:
        until(up.ready, "the three processes")
        assert up.card["url"] == f"http://127.0.0.1:{up.port}"
        assert up.look_up("attempts-missing")["state"] == "trying"
        assert up.stop() == 0
    said = up.log.read_text("utf-8")
    assert "witnesses: none" in said
    assert "run as one user" in said
    assert "Traceback" not in said
    assert stat.S_IMODE((tmp_path / "data" / "demo.json").stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data", "data.log"], "nothing is left beside the world"


def test_a_killed_child_comes_back_and_nothing_acknowledged_is_lost(running: Served) -> None:
    for name in ("vault", "courier", "web"):
        before = running.look_up("attempts-missing")
        pid = running.child(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda name=name, pid=pid: running.child(name) not in {None, pid}, f"a new {name}")  # type: ignore[misc]
        until(running.ready, "all three again")
        again = running.client("collector").get(f"/v1/lookups/{before['lookup']}")
        assert again.value["log_index"] == before["log_index"]
        assert running.look_up("attempts-missing")["log_index"] > before["log_index"]
    killed = running.family("web")
    for pid in killed:  # two workers and the pump
        os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: gone(pid), "its end")  # type: ignore[misc]
        until(running.ready, "an answer again")
    until(lambda: len(set(running.family("web")) - set(killed)) == 3, "two workers and a pump")
    # The new pump carries messages and projects entries.
    told = len(running.client("officer").get("/v1/demo/outbox").value["items"])
    path = f"/v1/accounts/{running.borrower('attempts-missing')['account']}/notices"
    assert running.client("collector").post(path, {}).status == 201
    until(lambda: len(running.client("officer").get("/v1/demo/outbox").value["items"]) == told + 2, "its messages")
    assert running.stop() == 0


def test_sigterm_stops_everything_and_time_goes_on_from_the_last_entry(running: Served) -> None:
    answer = running.client("officer").post("/v1/demo/clock", {"advance": "P30D"})
    assert answer.status == 200, answer.text
    sockets = Path(json.loads((running.data / "run.json").read_text("utf-8"))["sockets"])
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    everybody = running.everybody()
    assert len(everybody) == 6
    assert running.stop() == 0
    assert all(gone(pid) for pid in everybody)
    assert not sockets.exists()
    assert not (running.data / "run.json").exists()
    with served(running.data) as again:
        until(again.ready, "the three processes")
        assert again.client("lender").get("/v1/demo/clock").value["now"] > answer.value["now"]


def test_children_do_not_outlive_a_killed_up_and_the_next_one_starts(running: Served) -> None:
    everybody = running.everybody()
    before = running.look_up("attempts-missing")
    running.process.kill()
    running.process.wait()
    until(lambda: all(gone(pid) for pid in everybody), "their end")
    with served(running.data) as again:
        until(again.ready, "the three processes")
        assert again.look_up("attempts-missing")["log_index"] > before["log_index"]


def test_no_process_leaves_a_core_dump(shared: Served) -> None:
    for pid in (shared.process.pid, *shared.everybody()):
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)


def test_a_taken_port_is_one_line_with_the_command_that_helps(seeded: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = registry("up", "--demo", "--data", str(copy(seeded, tmp_path / "data")), "--port", str(port))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"port {port} is taken: make run PORT=" in done.stderr


def test_a_second_up_on_the_same_data_is_refused(shared: Served) -> None:
    with served(shared.data) as second:
        assert second.process.wait(60) == 1
        assert "served already" in second.log.read_text("utf-8")
    assert shared.ready()
    assert shared.card["url"].endswith(f":{shared.port}"), "who is refused has changed nothing"


def test_up_creates_nothing_without_demo(tmp_path: Path) -> None:
    done = registry("up", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "python -m registry init" in done.stderr
    assert "--demo" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_world_is_never_made_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("mine")
    done = registry("up", "--demo", "--data", str(tmp_path / "data"), "--port", "1")
    assert done.returncode == 1
    assert (tmp_path / "data" / "thesis.txt").read_text() == "mine"


def test_a_demo_world_is_served_only_with_demo(seeded: Path, tmp_path: Path) -> None:
    data = copy(seeded, tmp_path / "data")
    for command in (("up", "--data", str(data)), ("vault", "--data", str(data), "--sockets", str(tmp_path))):
        done = registry(*command)
        assert done.returncode == 1
        assert "add --demo" in done.stderr


def test_the_log_itself_says_whether_it_is_a_demo(seeded: Path, tmp_path: Path) -> None:
    """Settings could be edited; genesis cannot."""
    data = copy(seeded, tmp_path / "data")
    path = data / "consentry.json"
    value = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**value, "demo": False, "origin": "registry.example.org/log"}), "utf-8")
    done = registry("vault", "--data", str(data), "--sockets", str(tmp_path))
    assert done.returncode == 1
    assert "demo log" in done.stderr


def test_what_only_an_operator_can_mend_is_said_once_and_stops_everything(seeded: Path, tmp_path: Path) -> None:
    data = copy(seeded, tmp_path / "data")
    (data / "demo" / "key-encryption.key").unlink()
    with served(data) as up:
        assert up.process.wait(60) == 1
    said = up.log.read_text("utf-8")
    assert said.count("cannot read the key file") == 1
    assert "vault cannot go on" in said
    assert "Traceback" not in said


def test_projections_are_rebuilt_from_the_log_to_the_same(shared: Served) -> None:
    def shown() -> list[str]:
        paths = ("lender /v1/borrowers", "lender /v1/accounts", "officer /v1/approvals", "collector /v1/accounts")
        return [shared.client(who).get(path).text for who, path in (one.split() for one in paths)]

    before = shown()
    done = registry("rebuild", "--data", str(shared.data))
    assert done.returncode == 0, done.stderr
    assert "rebuilt from" in done.stdout
    assert shown() == before
    assert "demo-01" in before[0]


def test_a_client_with_no_token_sees_only_what_is_open(shared: Served) -> None:
    nobody = Client(f"http://127.0.0.1:{shared.port}")
    assert nobody.get("/v1/keys").status == 200
    assert nobody.get("/log/checkpoint").status == 200
    assert nobody.get("/v1/demo/outbox").status == 401
    assert nobody.get("/v1/accounts").status == 401
