"""The lease of a vault on PostgreSQL: how it shows that it lives, and how it knows that it may still answer.

A thread beats in the fence row. Each beat that found our epoch there lets us answer for a while, counted from before
it was sent, by a clock that nobody sets and that runs on while the machine sleeps. Who waits for our end waits
longer, by his own such clock: no two clocks are ever compared.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from registry.errors import ConsentryError, UnavailableError
from registry.vault.connecting import Link, lease_lost, told
from registry.vault.log import fencing
from registry.vault.log.fencing import Fence

BEAT = 0.5  # seconds between two
VALID = 2.0  # what a beat is good for
OVER = 3.0  # how long an unchanged beat is watched before the lease counts as over; more than VALID
PATIENCE = 1.0  # to wait for a beat that is under way

Steady = Callable[[], float]


def steady() -> float:
    """Seconds since the machine started, in which it may have slept."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """Held by one process from a raised epoch on. `keep` starts the thread that beats; `end` stops it."""

    def __init__(self, link: Link, epoch: int, clock: Steady = steady) -> None:
        self.epoch = epoch
        self._link, self._clock = link, clock
        self._until = 0.0
        self._lost = False
        self._ended = threading.Event()
        self._beating = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def keep(self) -> None:
        """Beats for the first time, and from now on. Raises what `beat` raises."""
        self.beat()
        self._thread.start()

    def end(self) -> None:
        """Beats no more; whoever waits need not."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        if self._beating.acquire(timeout=PATIENCE):
            try:
                if not self._lost:
                    with told():
                        fencing.release(self._link.driver(), self.epoch)
            except UnavailableError:
                pass  # who comes next waits until the last beat is old
            finally:
                self._link.close()
                self._beating.release()

    def check(self) -> None:
        """Returns if nobody can have taken over. Raises IntegrityError `lease-lost` if somebody has, UnavailableError
        when that cannot be told now."""
        if self._lost:
            raise lease_lost()
        if self._clock() >= self._until:
            self.beat()

    def beat(self) -> None:
        """One beat. Raises like `check`."""
        if not self._beating.acquire(timeout=PATIENCE):
            raise UnavailableError("the vault's database does not answer in time; try again", code="log-unavailable")
        try:
            sent = self._clock()
            with told():
                held = fencing.beat(self._link.driver(), self.epoch)
            if not held:
                self._lost = True
                raise lease_lost()
            self._until = sent + VALID
        finally:
            self._beating.release()

    def _keep(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                self.beat()
            except UnavailableError:
                continue  # the next one may find the server again; until then `check` says what it must
            except ConsentryError:
                return  # the lease is lost, and whoever asks `check` is told


class Watch:
    """Somebody else's lease, watched until it is over."""

    def __init__(self, clock: Steady = steady) -> None:
        self._clock = clock
        self._seen: Fence | None = None
        self._since = 0.0

    def begin_again(self) -> None:
        """Nobody could beat while the server was away: what was seen before counts no more."""
        self._seen = None

    def is_over(self, fence: Fence) -> bool:
        """Whether its holder has ended, or could not answer anybody any more."""
        if fence != self._seen:
            self._seen, self._since = fence, self._clock()
        return fence.beat == 0 or has_ended(fence.holder) or self._clock() - self._since >= OVER


def myself() -> str:
    """This process, so that another on the same machine can see whether it still runs."""
    machine = _machine()
    return f"{machine} {os.getpid()} {_began(os.getpid()) if machine else ''}"


def has_ended(holder: str) -> bool:
    """Whether a process of this machine that `myself` named has ended. False for one that we cannot see."""
    machine, process, began = [*holder.split(" "), "", ""][:3]
    if not machine or machine != _machine():
        return False
    try:
        return _began(int(process)) != began
    except OSError:
        return not _is_there(int(process))


def _is_there(process: int) -> bool:
    """Whether a process exists, also one that /proc does not show us (proc(5), hidepid)."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _machine() -> str:
    # Process numbers mean something within one boot and one namespace only.
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _began(process: int) -> str | None:
    """When a process began, in ticks (proc(5), stat, field 22); None when only its remains are there. Raises OSError
    when none is shown."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]
