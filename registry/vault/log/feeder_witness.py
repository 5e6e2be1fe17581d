"""One witness as the feeder knows it: where it stands, what is on its way to it, and what it said last; and what all
of them are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from registry.model.times import SECOND
from registry.tlog.witness_policy import Witness
from registry.vault.log.feeder_answers import AtSize, Cosigned, Differs, Meaning, NotCosigned, meaning, submission
from registry.vault.log.feeder_ports import Patience, Reply, Times
from registry.vault.log.stated import Stated

Prove = Callable[[int, int], Sequence[bytes]]
"""(old, size) → the consistency proof between two sizes that are integrated"""


@dataclass(slots=True)
class Round:
    """A checkpoint while it is with the witnesses, or after their quorum: signature lines by public key."""

    stated: Stated
    lines: dict[bytes, str] = field(default_factory=dict)

    def note(self) -> Stated:
        """The checkpoint with all cosignatures so far."""
        return Stated(self.stated.note + "".join(self.lines.values()), self.stated.checkpoint)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A submission on its way. `again`: its size was corrected once by a 409 already."""

    sent: Stated
    old: int
    began: float
    again: bool = False


@dataclass(slots=True)
class Fed:
    """A witness that is fed. At most one submission is on its way to it."""

    witness: Witness
    began: float  # steady clock, when it was first counted on
    size: int = 0  # the largest of this log that it is known to have; 0 asks for it
    exchange: Exchange | None = None
    asked: bool = False  # whether it has said anything about where it stands, or failed to
    failed: bool = False  # whether the last thing it said was no cosignature
    differs: int | None = None  # the size at which it contradicts us, while it does
    time: int = 0  # of its youngest cosignature, seconds since 1970
    _rests_until: float = field(default=0.0)
    _cosigned: float | None = None

    def idle(self, now: float) -> bool:
        """Whether something may be sent to it."""
        return self.exchange is None and now >= self._rests_until

    def may_answer(self, sent: Stated, now: float, patience: Patience) -> bool:
        """Whether its answer to this very checkpoint can still be waited for."""
        one = self.exchange
        return one is not None and one.sent is sent and now - one.began < patience.exchange

    def silent(self, now: float, patience: Patience) -> bool:
        """Whether it has not cosigned for as long as is an alarm."""
        return now - (self.began if self._cosigned is None else self._cosigned) > patience.gap

    def submit(self, sent: Stated, now: float, prove: Prove) -> bytes:
        """The submission of a checkpoint that is not older than it, noted as on its way."""
        body = submission(self.size, prove(self.size, sent.size), sent.note)
        self.exchange = Exchange(sent, self.size, now)
        return body

    def hear(
        self, reply: Reply, newest: int, times: Times, patience: Patience, prove: Prove,
    ) -> tuple[Stated, Meaning, bytes | None]:
        """What a reply means for the checkpoint it answers; and, after the first 409, the submission to send again.

        Nothing is noted where `prove` raises.
        """
        one = self.exchange
        assert one is not None, "a reply to nothing"
        said = meaning(reply, one.sent, one.old, self.witness.verifier, newest)
        now = times.steady()
        if isinstance(said, AtSize) and said.size <= one.sent.size and not one.again:
            body = submission(said.size, prove(said.size, one.sent.size), one.sent.note)
            self.size, self.exchange = said.size, Exchange(one.sent, said.size, now, again=True)
            return one.sent, said, body
        self.exchange = None
        if isinstance(said, Cosigned) and not self._fresh(said, times, patience):
            said = NotCosigned("a cosignature of another time")
        self._note(said, one, now, patience)
        return one.sent, said, None

    def _fresh(self, said: Cosigned, times: Times, patience: Patience) -> bool:
        """A witness that repeats what it signed long ago says nothing about now."""
        return said.time >= self.time and abs(said.time - times.wall() / SECOND) <= patience.off

    def _note(self, said: Meaning, one: Exchange, now: float, patience: Patience) -> None:
        self.asked = True
        self.failed = not isinstance(said, Cosigned)
        if isinstance(said, Cosigned):
            self.size, self.time, self.differs, self._cosigned = one.sent.size, said.time, None, now
            return
        self._rests_until = now + patience.pause
        if isinstance(said, AtSize):
            self.size = said.size
        elif isinstance(said, Differs):
            self.differs = said.size
            self._rests_until = now + patience.cadence
