"""Witnesses played in the test's process: the real witness's judgement, its own clock, and any mood a test asks for.

    quorum = Quorum(world.vault.desk.keys.vkey, lambda: world.clock.at)      # three witnesses, two must cosign
    world.vault.meet(quorum.feeder(), quorum.text)
    quorum.witnesses[0].mood = "dead"

Time is the network's: it stands still until somebody waits for an answer, and then runs on to when that comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from registry.tlog.cosignature import sign_cosignature
from registry.tlog.note import parse_note, parse_verifier
from registry.tlog.witness_policy import Witness as Named
from registry.tlog.witness_policy import WitnessPolicy, parse_policy
from registry.vault.log.feeder import Feeder
from registry.vault.log.feeder_ports import Patience, Reply, Times
from registry.witness.keys import WitnessKey
from registry.witness.store import Held
from registry.witness.witness import Witness

MOODS = ("well", "dead", "refuses", "broken", "other key", "other root", "replays", "garbage", "ahead", "forked")
"""How a witness may behave; the last two contradict our history, and `replays` says again what it first said."""


class Memory:
    """Where a played witness keeps what it cosigned."""

    def __init__(self) -> None:
        self.kept: dict[str, Held] = {}

    def held(self, origin: str) -> Held | None:
        return self.kept.get(origin)

    def advance(self, origin: str, held: Held | None, to: Held) -> bool:
        assert self.kept.get(origin) is held
        self.kept[origin] = to
        return True


@dataclass(slots=True)
class Played:
    """One witness. `delay`: seconds until its answer arrives. `heard`: every submission. `first`: its first line.
    `says`: in place of all that it would say."""

    name: str
    vkey: str  # the log's
    wall: Callable[[], int]
    seed: int
    mood: str = "well"
    delay: float = 0.05
    heard: list[bytes] = field(default_factory=list)
    first: str = ""
    says: Reply | None = None
    key: WitnessKey = field(init=False)
    memory: Memory = field(default_factory=Memory)
    _judge: Witness = field(init=False)

    def __post_init__(self) -> None:
        self.key = WitnessKey(self.name, bytes([self.seed]) * 32)
        log = parse_verifier(self.vkey)
        self._judge = Witness(self.key, {log.name: (log,)}, self.memory, lambda: self.wall() // 1000,  # type: ignore[arg-type]
                              lambda fork: None)

    @property
    def size(self) -> int:
        """How much of the log it has."""
        return max((held.size for held in self.memory.kept.values()), default=0)

    def answer(self, body: bytes) -> Reply:
        """What comes of a submission, in this mood."""
        self.heard.append(body)
        if self.says is not None:
            return self.says
        note = parse_note(body.partition(b"\n\n")[2])
        now = self.wall() // 1000
        odd = {
            "dead": Reply(0), "refuses": Reply(429, "text/plain"), "broken": Reply(500, "text/html", b"<h1>"),
            "garbage": Reply(200, "text/plain", b"\xff\xfe\n"), "ahead": Reply(409, "text/x.tlog.size", b"999999\n"),
            "forked": Reply(422, "text/plain", b"another root\n"),
        }.get(self.mood)
        if odd is not None:
            return odd
        if self.mood == "other key":
            stranger = WitnessKey(self.name, bytes([self.seed + 100]) * 32)
            return Reply(200, "text/plain", sign_cosignature(note.text, now, stranger).encode())
        if self.mood == "other root":
            origin, size, _ = note.text.splitlines()
            other = f"{origin}\n{size}\n{'A' * 43}=\n"
            return Reply(200, "text/plain", sign_cosignature(other, now, self.key).encode())
        if self.mood == "replays" and self.first:
            return Reply(200, "text/plain", self.first.encode())
        said = self._judge.add_checkpoint(body)
        if said.status == 200:
            self.first = self.first or said.body
        return Reply(said.status, said.content_type.partition(";")[0], said.body.encode())


class Wire:
    """A network by hand: what was sent arrives after its witness's delay, as this network's clock has it. What
    follows a reply leaves when that comes, whether or not anybody has asked what has arrived. The threads of the
    places in `stuck` get that far and no further: the vault hears of their replies later."""

    def __init__(self, played: Sequence[Played]) -> None:
        self.alert: Callable[[], None] = lambda: None
        self.following: Callable[[int, Reply], Sequence[tuple[int, bytes]]] = lambda place, reply: ()
        self.now = 1000.0
        self.played = played
        self.closed = False
        self._due: dict[int, tuple[float, Reply]] = {}
        self._come: list[tuple[int, Reply]] = []
        self.stuck: set[int] = set()
        self._late: list[tuple[int, Reply]] = []

    def send(self, place: int, body: bytes) -> None:
        assert place not in self._due, "one in flight per witness"
        one = self.played[place]
        self._due[place] = (self.now + (1.0 if one.mood == "dead" else one.delay), one.answer(body))

    def arrived(self) -> list[tuple[int, Reply]]:
        self._pass()
        come, self._come = self._come, []
        return come

    @property
    def has_come(self) -> bool:
        self._pass()
        return bool(self._come)

    def wait(self, seconds: float) -> None:
        self.now = min([self.now + max(seconds, 0.001), *(max(at, self.now) for at, _ in self._due.values())])
        self._pass()

    def busy(self, seconds: float) -> None:
        """Lets time pass while nobody asks what has arrived."""
        until = self.now + seconds
        while self.now < until:
            self.wait(until - self.now)

    def _pass(self) -> None:
        while due := [place for place, (at, _) in self._due.items() if at <= self.now]:
            place = min(due, key=lambda one: self._due[one][0])
            _, reply = self._due.pop(place)
            followed = self.following(place, reply)
            self._late.append((place, reply))
            for other, body in followed:
                self.send(other, body)
        self._come += [one for one in self._late if one[0] not in self.stuck]
        self._late = [one for one in self._late if one[0] in self.stuck]

    def put(self, place: int) -> None:
        """The oldest reply of a stuck place gets through."""
        one = next(each for each in self._late if each[0] == place)
        self._late.remove(one)
        self._come.append(one)

    @property
    def unheard(self) -> Sequence[tuple[int, Reply]]:
        """What has come and the vault has not taken in."""
        return tuple(self._come)

    def close(self) -> None:
        self.closed = True

    @property
    def in_flight(self) -> int:
        return len(self._due)


class Quorum:
    """Witnesses of one log and the policy that names them."""

    def __init__(self, vkey: str, wall: Callable[[], int], names: Sequence[str] = ("a", "b", "c"), k: int = 2,
                 patience: Patience | None = None) -> None:
        self.wall, self.patience = wall, patience or Patience()
        self.witnesses = [Played(f"witness.invalid/{name}", vkey, wall, seed)
                          for seed, name in enumerate(names, start=1)]
        self.text = "".join((
            f"log {vkey}\n",
            *(f"witness {name} {one.key.verifier} http://{name}.invalid\n"
              for name, one in zip(names, self.witnesses, strict=True)),
            f"group g {k} {' '.join(names)}\nquorum g\n",
        ))
        self.wire = Wire(self.witnesses)

    @property
    def policy(self) -> WitnessPolicy:
        return parse_policy(self.text)

    def feeder(self) -> Feeder:
        """For a vault that starts now; the network of one before is gone with what was on its way."""
        now = self.wire.now
        self.wire = Wire(self.witnesses)
        self.wire.now = now

        def connect(named: Sequence[Named]) -> Wire:
            assert [one.verifier for one in named] == [one.key.verifier for one in self.witnesses]
            return self.wire

        return Feeder(self.policy, connect, Times(lambda: self.wire.now, self.wall), self.patience)

    def all(self, mood: str) -> None:
        """Puts every witness into a mood."""
        for one in self.witnesses:
            one.mood = mood
