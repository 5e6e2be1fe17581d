from __future__ import annotations

import socket
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.audit.reader import FolderReader, HttpReader, entries_of, open_reader, save
from registry.audit.verify import verify
from registry.cli.audit import audit
from registry.errors import MalformedError, NotFoundError, UnauthorizedError, UnavailableError
from registry.tlog.tiles import ENTRIES, Tile, parse_path
from tests.audit.served import Answer, MemoryLog, gzipped, served
from tests.vault_log.world import Key

KEY = Key()
VKEY = str(KEY.verifier)
LOG = MemoryLog([b'{"entry":"%d"}' % index for index in range(600)], KEY)
TOKEN = "cny_test"


def honest(path: str, authorization: str | None) -> Answer:
    path = path.removeprefix("/log/")
    if path == "checkpoint":
        return 200, {}, LOG.checkpoint()
    tile = parse_path(path)
    if tile.level == ENTRIES and authorization != f"Bearer {TOKEN}":
        return 401, {}, b""
    try:
        return 200, {}, LOG.tile(tile)
    except NotFoundError:
        return 404, {}, b"no"


@contextmanager
def reading(answer, token: str | None = TOKEN) -> Iterator[HttpReader]:
    with served(answer) as url, closing(HttpReader(url, token, timeout=5)) as reader:
        yield reader


def test_a_served_log_is_verified_and_saved(tmp_path: Path) -> None:
    with served(honest) as url:
        reader = open_reader(url + "/", TOKEN)
        assert isinstance(reader, HttpReader)
        with closing(reader):
            assert verify(reader, VKEY).ok
            save(reader, tmp_path)
            assert list(entries_of(reader, 600)) == LOG.entries
    assert verify(FolderReader(tmp_path), VKEY).ok


def test_without_a_token_the_entries_are_refused_and_the_tiles_are_not() -> None:
    with reading(honest, token=None) as reader:
        assert reader.tile(Tile(0, 0, 256)) == LOG.tile(Tile(0, 0, 256))
        with pytest.raises(UnauthorizedError):
            verify(reader, VKEY)


def test_the_commands_token_may_come_from_the_environment_where_no_list_of_processes_shows_it() -> None:
    with served(honest) as url:
        done = CliRunner().invoke(audit, ["verify", "--log", url, "--key", VKEY], env={"CONSENTRY_TOKEN": TOKEN})
    assert (done.exit_code, done.output.splitlines()[-1].split()[0]) == (0, "ok")


def test_the_address_of_a_registry_instead_of_its_logs_is_told_where_the_log_is() -> None:
    with served(lambda path, _: honest(path, None) if path.startswith("/log/") else (404, {}, b"no")) as url:
        done = CliRunner().invoke(audit, ["verify", "--log", url.removesuffix("/log"), "--key", VKEY])
        assert (done.exit_code, done.output.splitlines()[-1]) == (
            1, f"FAILED {KEY.name}: the log has no checkpoint here: a registry serves its log under /log, so end the"
               " address in /log")
        below = CliRunner().invoke(audit, ["verify", "--log", f"{url}/log", "--key", VKEY])
        assert "end the address" not in below.output


def test_what_a_served_log_lacks_is_told_as_missing() -> None:
    with reading(honest) as reader, pytest.raises(NotFoundError):
        reader.tile(Tile(3, 0, 1))


def test_a_partial_tile_that_is_gone_is_cut_from_the_full_one() -> None:
    def dropped(path: str, authorization: str | None) -> Answer:
        return (404, {}, b"") if ".p/" in path else honest(path, authorization)

    with reading(dropped) as reader:
        for tile in (Tile(0, 1, 3), Tile(ENTRIES, 1, 3)):
            assert reader.tile(tile) == LOG.tile(tile)


def test_a_body_packed_with_gzip_is_unpacked() -> None:
    with reading(lambda path, token: gzipped(honest(path, token)[2])) as reader:
        assert verify(reader, VKEY).ok


@pytest.mark.parametrize("answer", [
    (500, {}, b"sorry"), (302, {"Location": "/elsewhere"}, b""), (204, {}, b""), (200, {}, b"x" * 8193),
    (200, {"Content-Encoding": "gzip"}, b"not gzip"), gzipped(b"\0" * 100_000_000),
    (200, {"Content-Encoding": "gzip"}, zlib.compress(b"x", wbits=31)[:-3]),
    (200, {"Content-Length": "99", "Connection": "close"}, b"x"),
])
def test_a_server_that_answers_badly_is_unavailable_not_lying(answer: Answer) -> None:
    with reading(lambda path, token: answer) as reader, pytest.raises(UnavailableError):
        reader.tile(Tile(0, 0, 256))


def test_a_connection_closed_between_two_requests_is_opened_again() -> None:
    def closes(path: str, authorization: str | None) -> Answer:
        status, _, body = honest(path, authorization)
        return status, {"Connection": "close"}, body

    with reading(closes) as reader:
        assert verify(reader, VKEY).ok


def test_nobody_listening_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with closing(HttpReader(f"http://127.0.0.1:{port}/log")) as reader, pytest.raises(UnavailableError):
        reader.checkpoint()


def test_a_server_that_never_answers_is_given_up_on() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/log"
        with closing(HttpReader(url, timeout=0.2)) as reader, pytest.raises(UnavailableError):
            reader.checkpoint()


@pytest.mark.parametrize("log", ["ftp://host/log", "file:///etc/passwd", "http://", "http:///log", "://x"])
def test_a_url_that_is_not_http_is_refused(log: str) -> None:
    with pytest.raises(MalformedError):
        open_reader(log)
