"""The vault: one writer that orders every entry, decides, signs and opens; it believes nobody (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.errors import ConflictError, ConsentryError, IntegrityError
from registry.loop import WAITING_SECONDS, Waiting
from registry.policy import Directory
from registry.vault import erasing, witnessing
from registry.vault.arguments import Args
from registry.vault.clock import Clock
from registry.vault.desk import Desk, Settings
from registry.vault.founding import Founding, Observers, check_demo
from registry.vault.keys.kek import KeyEncryption
from registry.vault.keys.keyring import Keyring
from registry.vault.ledger import Ledger
from registry.vault.log import Log
from registry.vault.log.feeder import Feeder
from registry.vault.log.ports import Faults, no_faults
from registry.vault.ops import OPS
from registry.vault.read_ahead import ReadAhead
from registry.vault.rounds import Outcome, Request, Rounds
from registry.vault.states import States

if TYPE_CHECKING:
    from registry.vault.postgresql import Postgresql  # its driver is loaded only where it is used

Random = Callable[[int], bytes]


@dataclass(slots=True)
class Vault:
    """A vault in one folder, or on PostgreSQL with its guard in a folder. One thread; `close` it to let another
    process open it."""

    desk: Desk
    postgresql: Postgresql | None = None
    _rounds: Rounds = field(init=False)
    _ahead: ReadAhead = field(init=False)

    def __post_init__(self) -> None:
        self._rounds = Rounds(self.desk)
        self._ahead = ReadAhead(self.desk)

    @classmethod
    def create(
        cls, folder: Path, kek: KeyEncryption, founding: Founding, clock: Clock, random: Random, *,
        settings: Settings | None = None, faults: Faults = no_faults, postgresql: Postgresql | None = None,
    ) -> Vault:
        """A new vault: keys, then a log whose genesis pins them. Completes a creation that was cut short."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(ConflictError):
            Keyring.create(folder, kek, random, founding.origin, postgresql=postgresql).close()
        keys = Keyring.open(folder, kek, random, postgresql=postgresql)
        directory, ledger = Directory(), Ledger()
        log = Log.create(
            folder, keys.log_signer, clock, Observers((directory, ledger)), founding.genesis(keys, random),
            faults=faults, postgresql=postgresql, keeper=States(directory, ledger, keys, random),
        )
        return cls(Desk(log, keys, directory, ledger, clock, random, settings or Settings()), postgresql)

    @classmethod
    def open(
        cls, folder: Path, kek: KeyEncryption, clock: Clock, random: Random, *, demo: bool,
        settings: Settings | None = None, faults: Faults = no_faults, postgresql: Postgresql | None = None,
    ) -> Vault:
        """The vault in a folder, checked as `registry.vault.log.startup` says.

        Raises IntegrityError saying what to do; ConflictError `demo-mismatch` for a demo log without `demo` or a real
        one with it.
        """
        keys = Keyring.open(folder, kek, random, postgresql=postgresql)
        directory, ledger = Directory(), Ledger()
        with ExitStack() as opened:
            opened.callback(keys.close)
            log = Log.open(folder, keys.log_signer, clock, Observers((directory, ledger)), faults=faults,
                           postgresql=postgresql, keeper=States(directory, ledger, keys, random))
            opened.callback(log.close)
            check_demo(directory, demo)
            desk = Desk(log, keys, directory, ledger, clock, random, settings or Settings())
            erasing.replay(desk)
            opened.pop_all()
        return cls(desk, postgresql)

    def close(self) -> None:
        """Lets go of the folder, and of the lease."""
        self.desk.log.close()
        self.desk.keys.close()
        if self.postgresql is not None:
            self.postgresql.close()

    def call(self, op: str, args: Args) -> dict[str, Any]:
        """A round of one request. Raises the ConsentryError it ends with."""
        (outcome,) = self.round([(op, args)])
        if isinstance(outcome, ConsentryError):
            raise outcome
        return outcome

    def round(self, requests: Sequence[Request]) -> list[Outcome]:
        """Runs requests in order as one batch and answers each; what waits for the witnesses is waited for. Raises
        IntegrityError: stop the process."""
        outcomes = self.begin(requests)
        settled: dict[Waiting, Outcome] = {}
        while any(isinstance(one, Waiting) and one not in settled for one in outcomes):
            assert self.desk.log.feeder is not None, "nothing waits without witnesses"
            self.desk.log.feeder.network.wait(WAITING_SECONDS)
            settled |= self.late()
        return [settled[one] if isinstance(one, Waiting) else one for one in outcomes]

    def begin(self, requests: Sequence[Request], *, whole: bool = True) -> Sequence[Outcome | Waiting]:
        """Runs requests in order as one batch and answers each, or tells that `late` will; unless it must be `whole`,
        perhaps only the first of them. Raises IntegrityError."""
        with self._distrusting():
            return self._rounds.run(requests, whole=whole)

    def late(self) -> Sequence[tuple[Waiting, Outcome]]:
        """Hears the witnesses; the answers that need not wait any more. Raises IntegrityError."""
        with self._distrusting():
            return self._rounds.late()

    def tend(self, is_over: Callable[[], bool]) -> None:
        """Between rounds, until that is over: reads those who will be asked about, then compares more of what was not
        read at start; keeps what was folded when much was. Raises IntegrityError when the log is not what was signed:
        stop the process; UnavailableError when storage fails."""
        with self._distrusting():
            self.desk.log.recover()
            self._ahead.go_on(is_over)
            self.desk.log.compare_rest(is_over)
            self.desk.log.keep_state()

    @contextmanager
    def _distrusting(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            self.desk.log.distrust(error)
            raise

    def meet(self, feeder: Feeder | None, text: str = "") -> None:
        """Before anything is served: asks the witnesses what they have of this log; from then on nothing is published
        that their quorum has not cosigned. An entry says by which policy, where that is another than before.

        `text`: of the policy's file. Raises IntegrityError saying what to do when a witness has more of this log than
        we, or another one; SettingsError when the policy is about another log.
        """
        if feeder is not None:
            witnessing.meet(self.desk, feeder)
        witnessing.record_policy(self.desk, None if feeder is None else feeder.policy, text)


def is_restricting(op: str, args: Mapping[str, Any]) -> bool:
    """Whether a request only tightens: back-pressure never refuses it."""
    found = OPS.get(op)
    return found is not None and found.restricts(dict(args))
