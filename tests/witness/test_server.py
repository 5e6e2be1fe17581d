"""The witness as a regulator runs it: one command, a folder, HTTP."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from registry.tlog.cosignature import COSIGNATURE, verify_cosignatures
from registry.tlog.note import encode_base64
from registry.witness.request import MAX_BODY
from tests.tlog.test_note import Key
from tests.witness.logs import ShownLog
from tests.witness.served import ROOT, Served, command, free_port, serve, start

LOG, SECOND = ShownLog(), ShownLog(Key("second.invalid/log", 5))
FORKED = ShownLog(history="two", differs=3)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("witness") / "new"
    keys = (str(LOG.verifier), str(SECOND.verifier))
    with serve(folder, keys, "--name", "witness.invalid/w") as witness:
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert stat.S_IMODE(os.stat(folder / "witness.key").st_mode) == 0o600
        yield witness


def test_it_says_its_key_what_it_follows_and_where_it_listens(served: Served) -> None:
    assert served.verifier.kind == COSIGNATURE
    assert served.verifier.name == "witness.invalid/w"
    assert served.said[1:] == (f"follows {LOG.origin}", f"follows {SECOND.origin}", f"listening on {served.url}")


def test_a_log_is_cosigned_over_http_and_read_back(served: Served) -> None:
    added = served.add(LOG.request(0, 5))
    assert (added.status, added.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert list(verify_cosignatures(LOG.note(5) + added.text, [served.verifier])) == [served.verifier]
    assert served.latest(LOG.origin).text == LOG.note(5) + added.text
    conflict = served.add(LOG.request(3, 9))
    assert (conflict.status, conflict.headers["content-type"], conflict.text) == (409, "text/x.tlog.size", "5\n")
    assert served.add(FORKED.request(5, 5)).status == 422
    front = served.ask("GET", "/").text
    assert str(served.verifier) in front
    assert f"{LOG.origin}: size 5" in front
    assert f"{SECOND.origin}: nothing yet" in front


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/add-checkpoint", 405), ("PUT", "/add-checkpoint", 405), ("POST", "/", 405), ("GET", "/nothing", 404),
    ("GET", "/" + "0" * 64 + "/checkpoint", 404), ("GET", "/" + "0" * 63 + "/checkpoint", 404),
    ("POST", "/add-checkpoint/", 405), ("HEAD", "/", 200), ("GET", "/../witness.key", 404),
])
def test_other_paths_and_methods_are_refused_in_words(served: Served, method: str, path: str, status: int) -> None:
    reply = served.ask(method, path)
    assert reply.status == status
    assert ("allow" in reply.headers) is (status == 405)


def test_a_body_that_is_too_long_is_not_read(served: Served) -> None:
    assert served.add(b"x" * (MAX_BODY + 1)).status == 413
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=20)) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 99999999999\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=20)) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(17):
            line.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_three_hundred_slow_clients_hold_up_nobody(served: Served) -> None:
    lines = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(300)]
    try:
        for line in lines:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\nold ")
        assert served.ask("GET", "/").status == 200
        assert served.add(b"junk").status == 400
    finally:
        for line in lines:
            line.close()


def test_of_many_at_once_one_grows_the_log_and_the_others_learn_its_size(served: Served) -> None:
    sizes = list(range(1, 33))
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda size: served.add(SECOND.request(0, size)), sizes))
    statuses = [reply.status for reply in replies]
    grown = [size for size, status in zip(sizes, statuses, strict=True) if status == 200]
    assert len(grown) == 1
    assert set(statuses) == {200, 409}
    assert {reply.text for reply in replies if reply.status == 409} == {f"{grown[0]}\n"}
    assert served.latest(SECOND.origin).text.split("\n")[1] == str(grown[0])


def test_a_fork_is_kept_beside_the_witness_and_said_once_in_words(tmp_path: Path) -> None:
    served = start(tmp_path, [str(LOG.verifier)])
    served.add(LOG.request(0, 5))
    for _ in range(2):
        assert served.add(FORKED.request(5, 5)).status == 422
    said = served.end()
    (kept,) = (tmp_path / "evidence").iterdir()
    assert LOG.note(5) in kept.read_text()
    assert FORKED.note(5) in kept.read_text()
    assert '"event":"two histories"' in said


def test_started_again_it_has_the_same_key_and_remembers(tmp_path: Path) -> None:
    with serve(tmp_path, [str(LOG.verifier)], "--name", "w.invalid") as first:
        first.add(LOG.request(0, 5))
    with serve(tmp_path, [str(LOG.verifier)]) as again:
        assert again.verifier == first.verifier
        assert again.add(LOG.request(0, 9)).text == "5\n"
        second = _refused("--data", str(tmp_path), "--listen", f"127.0.0.1:{free_port()}", "--log", str(LOG.verifier))
        assert "another witness runs on" in second
        taken = _refused("--data", str(tmp_path / "x"), "--listen", f"127.0.0.1:{again.port}", "--log",
                         str(LOG.verifier))
        assert "another program listens there" in taken


def test_a_pinned_tree_is_where_it_begins(tmp_path: Path) -> None:
    pin = f"{LOG.verifier}=5:{encode_base64(LOG.checkpoint(5).root)}"
    with serve(tmp_path, [pin]) as served:
        assert served.said[1] == f"follows {LOG.origin} from size 5"
        assert served.add(LOG.request(0, 9)).text == "5\n"
        assert served.latest(LOG.origin).status == 404
        assert served.add(FORKED.request(5, 9)).status == 422
        assert served.add(FORKED.request(5, 5)).status == 422
        assert served.add(LOG.request(5, 9)).status == 200
    other = f"{LOG.verifier}=4:{encode_base64(LOG.checkpoint(4).root)}"
    address = f"127.0.0.1:{free_port()}"
    assert "began otherwise" in _refused("--data", str(tmp_path), "--listen", address, "--log", other)
    with serve(tmp_path, [pin]) as served:
        assert served.add(LOG.request(9, 10)).status == 200


def test_the_key_is_shown_before_anything_is_served(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path / "w"), "--key", str(tmp_path / "own.key"), "--name", "early.invalid")
    shown = [subprocess.run(command(*arguments, "--show-key"), cwd=ROOT, capture_output=True, text=True, check=True)
             for _ in range(2)]
    assert shown[0].stdout == shown[1].stdout
    assert shown[0].stdout.startswith("early.invalid+")
    assert (tmp_path / "own.key").read_text().startswith("PRIVATE+KEY+early.invalid+")


def test_killed_by_force_it_leaves_neither_worker_nor_lock(tmp_path: Path) -> None:
    served = start(tmp_path, [str(LOG.verifier)])
    assert served.add(LOG.request(0, 5)).status == 200
    served.end(signal.SIGKILL)
    again = start(tmp_path, [str(LOG.verifier)], port=served.port)
    assert again.add(LOG.request(5, 9)).status == 200
    again.end()
    assert again.process.returncode == 0


@pytest.mark.parametrize(("arguments", "why"), [
    ((), "--listen HOST:PORT and at least one --log"), (("--listen", "nowhere"), "--listen"),
    (("--listen", "127.0.0.1:0"), "--listen"), (("--log", "nonsense"), "a verifier key is"),
    (("--log", str(LOG.verifier) + "=5:AAAA"), "the root in base64"), (("--name", "with space"), "no space and no +"),
    (("--log", f"{LOG.verifier}=0:{encode_base64(bytes(32))}"), "empty tree"),
    (("--log", f"{LOG.verifier}=05:{encode_base64(bytes(32))}"), "leading zero"),
])
def test_what_it_cannot_be_started_with_is_said_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    given = {"--data": str(tmp_path / "w"), "--listen": "127.0.0.1:1", "--log": str(LOG.verifier)}
    if not arguments:
        del given["--listen"]
    given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert why in _refused(*(word for pair in given.items() for word in pair))


def _refused(*arguments: str) -> str:
    ended = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    return ended.stderr
