"""`registry up`: the three processes of one machine in the foreground.

It restarts a child that dies, stops all in order on SIGTERM or SIGINT, and creates nothing: that is the business of
`init` and of the demo's seed. All run as one user, so the promises hold against stolen copies, not against code
running as that user; it says so at start.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.children import Child, check_free, no_core_dumps, registry_command
from registry.lines import Lines
from registry.settings import MAX_SOCKET_PATH, Settings, SettingsError, write_json
from registry.tlog.witness_policy import NONE
from registry.witness_file import read_policy

PATIENCE = 10.0  # seconds a child has to stop by itself
TICK = 0.1
READY_WITHIN = 60.0


def run(
    settings: Settings, host: str, port: int, report: Callable[[str], None], *,
    first: Callable[[], None] = lambda: None, once_ready: Callable[[Path], list[str]] = lambda _: [],
    witness_policy: Path | None = None,
) -> None:
    """Serve until a signal asks to stop. `first` is done once the installation is ours alone; `once_ready` gets the
    folder of the sockets and gives more lines to report.

    Raises SettingsError if it cannot start or a child is beyond help.
    """
    no_core_dumps()
    check_port(host, port)
    witnesses = NONE if witness_policy is None else str(read_policy(witness_policy)[0])
    with only_one(settings), socket_folder() as sockets:
        first()
        children = [Child(name, command, report) for name, command in
                    _commands(settings, sockets, host, port, witness_policy)]
        stop = _stop_on_signals()
        write_json(settings.run_file, {"pid": os.getpid(), "sockets": str(sockets), "host": host, "port": port})
        _say_where_we_stand(settings, witnesses, report)
        try:
            _tend(children, stop, _Ready(settings, host, port, report, lambda: once_ready(sockets)))
        finally:
            report("stopping")
            for child in children:
                child.stop(PATIENCE)
            settings.run_file.unlink(missing_ok=True)


def check_port(host: str, port: int) -> None:
    """Raises SettingsError if nobody could listen there."""
    try:
        check_free(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65_535 else 8000
            raise SettingsError(f"port {port} is taken: make run PORT={other}") from None
        raise SettingsError(f"cannot listen on {host} port {port}: {error.strerror}") from error


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the installation's lock. Raises SettingsError if another `up` has it."""
    handle = os.open(settings.data / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SettingsError(f"{settings.data} is being served already: stop that process first") from None
    else:
        yield
    finally:
        os.close(handle)


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A short 0700 folder of its own for the sockets: their paths end at 107 bytes. Removed afterwards."""
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp is 0700
        if parent and os.access(parent, os.W_OK) and len(os.fsencode(parent)) + 40 <= MAX_SOCKET_PATH:
            folder = Path(tempfile.mkdtemp(prefix="consentry-", dir=parent))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return
    raise SettingsError("no short writable folder for sockets: set XDG_RUNTIME_DIR to one")


def _commands(
    settings: Settings, sockets: Path, host: str, port: int, witness_policy: Path | None
) -> list[tuple[str, list[str]]]:
    # In the order in which they are stopped: nobody is left waiting for one that is gone.
    common = ["--data", str(settings.data), "--sockets", str(sockets)]
    demo = ["--demo"] if settings.demo else []
    url = ["--url", served_at(settings, host, port)]
    witnesses = [] if witness_policy is None else ["--witness-policy", str(witness_policy.resolve())]
    return [
        ("web", registry_command("web", *common, *demo, *url, "--host", host, "--port", str(port))),
        ("courier", registry_command("courier", *common, *demo, *url)),
        ("vault", registry_command("vault", *common, *demo, *url, *witnesses)),
    ]


def served_at(settings: Settings, host: str, port: int) -> str:
    """The address people are told: in a demo the one that is listened on."""
    return local_url(host, port) if settings.demo else settings.public_url


def local_url(host: str, port: int) -> str:
    """The URL of an address that is listened on."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say_where_we_stand(settings: Settings, witnesses: str, report: Callable[[str], None]) -> None:
    report(f"log {settings.origin}; witnesses: {witnesses}")
    report("all three processes run as one user: this protects stolen copies, not against code running as that user")


def _stop_on_signals() -> Callable[[], bool]:
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: asked.append(got))
    return lambda: bool(asked)


def _tend(children: list[Child], stop: Callable[[], bool], ready: _Ready) -> None:
    while not stop():
        at = time.monotonic()
        for child in reversed(children):
            child.tend(at)
            if child.hopeless:
                raise SettingsError(f"{child.name} cannot go on: do what it says above, then start again")
        ready.look(at)
        time.sleep(TICK)


class _Ready:
    """Says once that the whole answers, or that it is slow in coming."""

    def __init__(
        self, settings: Settings, host: str, port: int, report: Callable[[str], None], more: Callable[[], list[str]],
    ) -> None:
        self._more = more
        self._probe = local_url(host, port) + "/readyz"
        self._url, self._report = served_at(settings, host, port), report
        self._hint = f"; tokens and keys: {settings.demo_file}" if settings.demo else ""
        self._began = time.monotonic()
        self._done = self._late = False

    def look(self, at: float) -> None:
        """One probe, short enough not to keep a signal waiting."""
        if self._done:
            return
        if _answers(self._probe):
            self._report(f"ready at {self._url}, readable at {self._url}/docs{self._hint}")
            for line in self._more():
                self._report(line)
            self._done = True
        elif at - self._began > READY_WITHIN and not self._late:
            self._report(f"not ready after {READY_WITHIN:.0f} s: see the lines above")
            self._late = True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def say(line: str) -> None:
    """One line for the person at the terminal."""
    Lines(sys.stderr).write(f"registry: {line}\n")
