"""What the feeder needs of others: a network that carries submissions, and how long to wait for what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from registry.tlog.witness_policy import Witness


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a witness. `status` is 0 where nothing came in time, or nothing that is HTTP; where an
    operator can mend that, `trouble` says what it is, in words for the log."""

    status: int
    kind: str = ""  # the content type, without parameters
    body: bytes = b""
    trouble: str = field(default="", compare=False)


class Network(Protocol):
    """Carries one submission at a time to each witness, by its place in the list it was made for.

    `send` and `arrived` return at once. Every submission is followed by one reply, after a refusal or silence too;
    `alert` is called when one has come, perhaps from another thread. Before that `following` is told of it: what it
    answers goes out at once, to places to which nothing is on its way.
    """

    alert: Callable[[], None]
    following: Callable[[int, Reply], Sequence[tuple[int, bytes]]]

    def send(self, place: int, body: bytes) -> None: ...

    def arrived(self) -> list[tuple[int, Reply]]:
        """What has come since this was last asked."""
        ...

    @property
    def has_come(self) -> bool:
        """Whether anything has."""
        ...

    def wait(self, seconds: float) -> None:
        """Returns when something has come, or after so long."""
        ...

    def close(self) -> None: ...


Connect = Callable[[Sequence[Witness]], Network]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds of a clock that only runs on."""

    exchange: float = 1.0  # for a witness's answer; one that takes longer holds up nobody
    opening: float = 2.0  # an opening for the quorum: the checkpoint in flight, then its own
    pause: float = 0.5  # before a witness is asked again that did not cosign
    cadence: float = 60.0  # from one quorum to the next when nothing happens
    gap: float = 180.0  # without a quorum, or without one witness, until that is an alarm
    off: float = 3600.0  # that a cosignature's time may be off from our wall clock


@dataclass(frozen=True, slots=True)
class Times:
    """The clocks: `steady` in seconds, only running on; `wall` in milliseconds since 1970."""

    steady: Callable[[], float]
    wall: Callable[[], int]
