"""Hands signed checkpoints to the witnesses and tells when their quorum has cosigned one (LOG.md section 2, step 4).

All of them are asked for the same checkpoint, or no quorum would ever come together under load. While it is with them
the log goes on; then the newest takes its turn. One submission is on its way to each witness at most, and one that
dawdles holds up nobody else. The next is prepared while one is on its way, and leaves without this thread
(`feeder_following.py`). No thread and no network here: those are behind a port.
"""

from __future__ import annotations

from collections import deque

import structlog

from registry.errors import IntegrityError
from registry.model.times import SECOND
from registry.tlog.cosignature import verify_cosignatures
from registry.tlog.errors import TlogError
from registry.tlog.witness_policy import WitnessPolicy
from registry.vault.log.feeder_answers import Cosigned, Differs, NotCosigned, submission
from registry.vault.log.feeder_following import Following, Next
from registry.vault.log.feeder_ports import Connect, Network, Patience, Reply, Times
from registry.vault.log.feeder_witness import Exchange, Fed, Prove, Round
from registry.vault.log.ports import Faults, no_faults
from registry.vault.log.stated import Stated


class Feeder:
    """Feeds the witnesses of one policy. One thread; `close` it to let go of the network."""

    def __init__(
        self, policy: WitnessPolicy, connect: Connect, times: Times, patience: Patience | None = None,
    ) -> None:
        """Raises IntegrityError when the witnesses that can be reached are no quorum."""
        self.policy, self.times, self.patience = policy, times, patience or Patience()
        witnesses = [one for one in policy.witnesses if one.counts and one.url is not None]
        if not policy.satisfied({one.verifier.public for one in witnesses}):
            raise IntegrityError("the witnesses of the policy that have a URL and a key of type 04 are no quorum: "
                                 "correct the policy file")
        self.witnesses = [Fed(one, times.steady()) for one in witnesses]
        self.network: Network = connect(witnesses)
        self._following = Following(self.network, self._enough, times.steady)
        self._newest: Stated | None = None
        self._prepared: tuple[Stated, Stated] | None = None  # with the witnesses, and what is prepared to go after it
        self._left: dict[int, tuple[Next, float]] = {}  # by place, gone by itself before its reply was heard here
        self._round: Round | None = None  # with the witnesses
        self._before: Round | None = None  # what `_round` left after, while its quorum is not heard of
        self._last: Round | None = None  # the last that had its quorum
        self._last_wall = times.wall()  # when that was
        self._last_steady: float | None = None
        self._arrived: deque[tuple[int, Reply]] = deque()
        self._worst_gap = 0  # milliseconds, not told of yet
        self._log = structlog.get_logger("vault")

    def close(self) -> None:
        self.network.close()

    def resume(self, published: Stated) -> None:
        """Tells what was published in an earlier life: how long ago that was cosigned counts as a gap."""
        try:
            times = verify_cosignatures(published.note, self.policy.verifiers)
        except TlogError:
            return  # published under another policy, by other keys
        if self.policy.satisfied({one.public for one in times}):
            self._last_wall = min(times.values(), default=self._last_wall // SECOND) * SECOND

    def offer(self, newest: Stated) -> None:
        """The newest signed checkpoint: it goes to the witnesses when those are done with the one before."""
        self._newest = newest

    def hear(self, prove: Prove) -> Stated | None:
        """Takes in what has come. The checkpoint to publish, where a quorum has cosigned one that is not published
        yet, or more cosignatures came for the one that is."""
        self._arrived += self.network.arrived()
        more = False
        while self._arrived:
            more = self._heard(*self._arrived[0], prove) or more
            self._arrived.popleft()  # only now: what could not be taken in is taken in later
        for one in (self._round, self._before):
            if one is not None and self.policy.satisfied(set(one.lines)):
                return one.note()
        return self._last.note() if more and self._last is not None else None

    def is_new(self, cosigned: Stated) -> bool:
        """Whether what `hear` gave is a checkpoint's first quorum, not more lines for the one before."""
        return self._of(cosigned) is not None

    def published(self, cosigned: Stated) -> None:
        """What `hear` gave is published."""
        now = self._of(cosigned)
        if now is None:
            return
        if now is self._round:
            self._round = None
        self._last, self._before = now, None
        wall = self.times.wall()
        gap, self._last_wall, self._last_steady = wall - self._last_wall, wall, self.times.steady()
        if gap > self.patience.gap * SECOND:
            self._worst_gap = max(self._worst_gap, gap)

    def hold(self) -> None:
        """Something is being written: the next checkpoint waits for it, until `feed`. That takes milliseconds, as a
        round ends where a witness has said something; the checkpoint after it comes a whole round trip later."""
        self._following.hold()

    def feed(self, prove: Prove, faults: Faults = no_faults) -> None:
        """Sends what is due to every witness that is free, and lets the newest follow by itself."""
        self._feed(prove, faults)
        self._following.release()

    def _feed(self, prove: Prove, faults: Faults) -> None:
        newest, now = self._newest, self.times.steady()
        if newest is None:
            return
        self._learn()
        if self._due(newest, now):
            self._following.stop()
            self._learn()  # what left before that: it may have taken the newest along already
        if self._due(newest, now):
            self._round = Round(newest)
        if self._round is None:
            return
        sent = self._round.stated
        for place, fed in enumerate(self.witnesses):
            lacks = fed.witness.verifier.public not in self._round.lines and fed.size <= sent.size
            if lacks and fed.idle(now) and self._following.claim(place):
                self._following.send(place, sent, fed.submit(sent, now, prove))
                faults("feeding")
        if newest.size > sent.size and self._prepared != (sent, newest):
            self._prepare(self._round, newest, prove)

    @property
    def met(self) -> bool:
        """Whether every witness has said where it stands, or failed to."""
        return all(one.asked for one in self.witnesses)

    @property
    def differing(self) -> dict[str, int]:
        """The sizes at which witnesses contradict us, by their names."""
        return {one.witness.name: one.differs for one in self.witnesses if one.differs is not None}

    @property
    def silent(self) -> list[str]:
        """Names of the witnesses that have not cosigned for as long as is an alarm."""
        now = self.times.steady()
        return [one.witness.name for one in self.witnesses if one.silent(now, self.patience)]

    @property
    def unheard(self) -> list[str]:
        """Names of the witnesses that did not cosign when they were last asked, or have no URL."""
        fed = {one.witness.name for one in self.witnesses if one.asked and not one.failed}
        return [one.name for one in self.policy.witnesses if one.name not in fed]

    @property
    def cosigned(self) -> tuple[int, int] | None:
        """(size, wall clock) of the last quorum of this life; None before any."""
        return None if self._last is None else (self._last.stated.size, self._last_wall)

    @property
    def gap(self) -> int:
        """Milliseconds without a quorum, now or since that was last told of, where that is an alarm; else 0."""
        now = self.times.wall() - self._last_wall
        return max(self._worst_gap, now if now > self.patience.gap * SECOND else 0)

    def gap_told(self) -> None:
        """The alarm about the gap is raised: what is over needs no other."""
        self._worst_gap = 0

    def _heard(self, place: int, reply: Reply, prove: Prove) -> bool:
        """Takes in one reply. Whether it adds to what is published already."""
        fed, newest = self.witnesses[place], self._newest
        assert newest is not None, "a reply before anything was sent"
        if fed.exchange is None:
            self._learn()  # a reply to what left by itself
        well = not fed.failed
        sent, said, again = fed.hear(reply, newest.size, self.times, self.patience, prove)
        name = fed.witness.name
        if again is not None:
            self._following.send(place, sent, again)
        elif isinstance(said, Cosigned):
            if not well:
                self._log.info("cosigns again", witness=name)
            return self._add(sent, fed.witness.verifier.public, said.line)
        elif isinstance(said, Differs):
            self._log.error("witness differs", witness=name, size=said.size, submitted=sent.size)
        elif isinstance(said, NotCosigned) and well:
            self._log.warning("not cosigned", witness=name, why=said.why)
        return False

    def _add(self, sent: Stated, key: bytes, line: str) -> bool:
        """Whether the line belongs to what is published already."""
        for one in (self._round, self._before, self._last):
            if one is not None and one.stated is sent:
                one.lines[key] = line
                return one is self._last
        return False

    def _of(self, cosigned: Stated) -> Round | None:
        """The round that is with the witnesses, or was just before, of that checkpoint."""
        known = (one for one in (self._round, self._before) if one is not None)
        return next((one for one in known if one.stated.checkpoint == cosigned.checkpoint), None)

    def _enough(self, places: set[int]) -> bool:
        return self.policy.satisfied({self.witnesses[place].witness.verifier.public for place in places})

    def _prepare(self, now: Round, newest: Stated, prove: Prove) -> None:
        """Has the newest go as soon as enough have taken what is with them now. Counted are those whose last answer
        verified: who says 200 and lies hastens the next once, not always, and honest ones still meet."""
        places, counted = set(), set()
        for place, fed in enumerate(self.witnesses):
            has = fed.witness.verifier.public in now.lines
            if has or (fed.exchange is not None and fed.exchange.sent is now.stated):
                places.add(place)
            if has or not fed.failed:
                counted.add(place)
        if places:
            old = now.stated.size
            body = submission(old, prove(old, newest.size), newest.note)
            self._following.prepare(Next(now.stated, newest, body, places, frozenset(counted)))
        self._prepared = now.stated, newest

    def _learn(self) -> None:
        """Notes what has left by itself, for the witnesses whose reply to the one before is heard."""
        self._left |= self._following.gone()
        for place, (one, began) in list(self._left.items()):
            fed = self.witnesses[place]
            if fed.exchange is not None:
                continue
            fed.exchange = Exchange(one.stated, one.after.size, began)
            del self._left[place]
            known = max((each.stated.size for each in (self._round, self._last) if each is not None), default=0)
            if one.stated.size > known:  # a slow witness is sent what the others are done with
                self._round, self._before = Round(one.stated), self._round

    def _due(self, newest: Stated, now: float) -> bool:
        """Whether the newest takes the place of what is with the witnesses."""
        if self._round is not None:
            # Whoever may still answer keeps it: were it replaced, slower witnesses would never meet the others.
            held = any(one.may_answer(self._round.stated, now, self.patience) for one in self.witnesses)
            return newest.size > self._round.stated.size and not held
        if self._last is None or self._last_steady is None or newest.size > self._last.stated.size:
            return True
        return now - self._last_steady >= self.patience.cadence
