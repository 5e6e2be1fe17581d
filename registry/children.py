"""Child processes of `up` and `web`: started, restarted with backoff when they die, stopped cleanly."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FIRST_PAUSE = 0.2  # seconds before the first restart
LONGEST_PAUSE = 10.0
STEADY = 30.0  # seconds of life after which a child counts as well again
PR_SET_PDEATHSIG = 1  # prctl(2)
PR_SET_DUMPABLE = 4  # prctl(2)

# A child exits with this when only an operator can help: restarting would hide it.
HOPELESS = 3
MARK = "CONSENTRY_CHILD"  # environment: set for children, so that they use that exit code


def registry_command(*arguments: str) -> list[str]:
    """The command line of another `python -m registry` in the same environment."""
    return [sys.executable, "-m", "registry", *arguments]


def no_core_dumps() -> None:
    """A core dump would hold keys and opened values. Nor may another program of the same user read our memory.

    The limit alone does not stop a kernel that pipes dumps to a program (core(5)). Inherited by fork, lost by exec:
    every process says it for itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = own_libc()
    if libc is not None:
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def die_with_parent(libc: ctypes.CDLL, number: int) -> None:
    """Ask the kernel to send this process a signal when the thread that started it ends.

    Without it, `kill -9` of a parent would leave an old vault holding the log, or old workers the port.
    """
    libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def end_with(parent: int, number: int = signal.SIGKILL) -> None:
    """The same for a worker that was forked by `parent`: it ends here if that is gone already."""
    libc = own_libc()
    if libc is not None:
        die_with_parent(libc, number)
    if os.getppid() != parent:
        raise SystemExit(1)


def check_free(host: str, port: int) -> None:
    """Raises OSError if nobody could listen there: granian shares ports, and would not notice itself."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def own_libc() -> ctypes.CDLL | None:
    """The C library, loaded before any fork; None where there is no prctl."""
    return ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(slots=True)
class Child:
    """One supervised process. Times are seconds of a monotonic clock, handed in by the caller."""

    name: str
    command: Sequence[str]
    report: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _pause: float = FIRST_PAUSE
    _started: float = 0.0
    _due: float | None = field(default=0.0)

    def tend(self, at: float) -> None:
        """Start it if it is due; note its death and when to start it again."""
        if self._due is not None and at >= self._due:
            self._start(at)
            return
        if self.process is None or self._due is not None:
            return
        code = self.process.poll()
        if code is None:
            if at - self._started > STEADY:
                self._pause = FIRST_PAUSE
            return
        if code == HOPELESS:
            return
        self.restarts += 1
        self.report(f"{self.name} {_ended(code)}; restarting in {self._pause:.1f} s")
        self._due = at + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    @property
    def hopeless(self) -> bool:
        """Whether it said that only an operator can help."""
        return self.process is not None and self.process.poll() == HOPELESS

    def stop(self, patience: float) -> None:
        """Ask it to end, wait, then make it."""
        self._due = None
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.report(f"{self.name} did not stop in {patience:.0f} s; killing it")
            self.process.kill()
            self.process.wait()

    def _start(self, at: float) -> None:
        libc = own_libc()

        def prepare() -> None:
            if libc is not None:
                # At once: whoever starts next must not find a lock held by one that is still stopping.
                die_with_parent(libc, signal.SIGKILL)

        # A session of its own: Ctrl-C reaches only the parent, which then stops its children in order.
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
            self.command, start_new_session=True, preexec_fn=prepare, stdin=subprocess.DEVNULL,  # noqa: PLW1509
            env={**os.environ, MARK: "1"},
        )
        self._started, self._due = at, None


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
