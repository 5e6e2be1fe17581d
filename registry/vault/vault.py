"""The vault: one writer that orders every entry, decides, signs and opens; it believes nobody (DESIGN section 3).

A round: each request in an operation of its own → one commit, durable and signed → for permits "restricted since?",
with a second commit where that refuses → openings → answers. Nothing is answered before what it says is durable.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from registry.errors import ConflictError, ConsentryError, IntegrityError, UnavailableError
from registry.policy import Directory
from registry.vault.arguments import Args
from registry.vault.clock import Clock
from registry.vault.desk import Act, Answer, Desk, Settings
from registry.vault.founding import Founding, Observers, check_demo
from registry.vault.keys.kek import KeyEncryption
from registry.vault.keys.keyring import Keyring
from registry.vault.ledger import Ledger
from registry.vault.log import Log
from registry.vault.log.ports import Faults, no_faults
from registry.vault.ops import OPS
from registry.vault.ops.table import Op, op_of

Request = tuple[str, Args]
Outcome = dict[str, Any] | ConsentryError
Random = Callable[[int], bytes]
IdemKey = tuple[str, str]


@dataclass(slots=True)
class _Turn:
    """One request's way through a round. `same`: an earlier one of the round with the same idempotency key."""

    op: Op | None
    args: Args
    idem: IdemKey | None = None
    fingerprint: bytes = b""
    answer: Answer | None = None
    error: ConsentryError | None = None
    same: _Turn | None = None
    result: dict[str, Any] | None = None
    act: Act | None = None

    @property
    def wrote(self) -> bool:
        return self.answer is not None and self.error is None


@dataclass(slots=True)
class Vault:
    """A vault in one folder. One thread; `close` it to let another process open the folder."""

    desk: Desk
    _log: structlog.typing.FilteringBoundLogger = field(default_factory=lambda: structlog.get_logger("vault"))

    @classmethod
    def create(
        cls, folder: Path, kek: KeyEncryption, founding: Founding, clock: Clock, random: Random, *,
        settings: Settings | None = None, faults: Faults = no_faults,
    ) -> Vault:
        """A new vault: keys, then a log whose genesis pins them. Completes a creation that was cut short."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(ConflictError):
            Keyring.create(folder, kek, random, founding.origin).close()
        keys = Keyring.open(folder, kek, random)
        directory, ledger = Directory(), Ledger()
        log = Log.create(
            folder, keys.log_signer, clock, Observers((directory, ledger)), founding.genesis(keys, random),
            faults=faults,
        )
        return cls(Desk(log, keys, directory, ledger, clock, random, settings or Settings()))

    @classmethod
    def open(
        cls, folder: Path, kek: KeyEncryption, clock: Clock, random: Random, *, demo: bool,
        settings: Settings | None = None, faults: Faults = no_faults,
    ) -> Vault:
        """The vault in a folder, checked from the first leaf on.

        Raises IntegrityError saying what to do; ConflictError `demo-mismatch` for a demo log without `demo` or a real
        one with it.
        """
        keys = Keyring.open(folder, kek, random)
        directory, ledger = Directory(), Ledger()
        log = Log.open(folder, keys.log_signer, clock, Observers((directory, ledger)), faults=faults)
        try:
            check_demo(directory, demo)
        except ConflictError:
            log.close()
            keys.close()
            raise
        return cls(Desk(log, keys, directory, ledger, clock, random, settings or Settings()))

    def close(self) -> None:
        """Lets go of the folder."""
        self.desk.log.close()
        self.desk.keys.close()

    def call(self, op: str, args: Args) -> dict[str, Any]:
        """A round of one request. Raises the ConsentryError it ends with."""
        (outcome,) = self.round([(op, args)])
        if isinstance(outcome, ConsentryError):
            raise outcome
        return outcome

    def round(self, requests: Sequence[Request]) -> list[Outcome]:
        """Runs requests in order as one batch and answers each. Raises IntegrityError: stop the process."""
        turns = [self._turn(op, args) for op, args in requests]
        running: dict[IdemKey, _Turn] = {}
        # Keys and lines are durable before the entries that name them.
        with self.desk.keys.one_commit():
            for turn in turns:
                self._write(turn, running)
        self._commit(turns)
        self._recheck(turns)
        return [self._settle(turn) for turn in turns]

    def _turn(self, name: str, args: Args) -> _Turn:
        try:
            return _Turn(op_of(OPS, name, args), args)
        except ConsentryError as error:
            return _Turn(None, args, error=error)

    def _write(self, turn: _Turn, running: dict[IdemKey, _Turn]) -> None:
        if turn.op is None or turn.op.write is None:
            return
        try:
            if "idem" in turn.args:
                idem = turn.args["idem"]
                turn.idem = (idem["scope"], idem["key"])
                turn.fingerprint = self.desk.keys.fingerprint(idem["request"])
                turn.same = running.get(turn.idem)
            if turn.same is not None:
                _check_same(turn.same.fingerprint, turn.fingerprint)
                return
            turn.answer = self._operate(turn)
        except IntegrityError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad request must not end the others
            turn.error = self._known(error, turn)
        if turn.idem is not None and turn.wrote:
            running[turn.idem] = turn

    def _operate(self, turn: _Turn) -> Answer:
        """One operation: what was remembered for the key, or the op itself; remembered with its entries."""
        desk, op = self.desk, turn.op
        assert op is not None
        assert op.write is not None
        known = desk.remembered(*turn.idem) if turn.idem is not None else None
        if known is not None:
            _check_same(known[0], turn.fingerprint)
            if op.again is None:
                return Answer(known[1])
        elif op.before is not None:
            op.before(desk, turn.args)
        with desk.log.operation() as at:
            if known is not None and op.again is not None:
                answer = op.again(desk, turn.args, at, known[1])
            else:
                answer = op.write(desk, turn.args, at)
            self._remember(turn, answer)
        return answer

    def _remember(self, turn: _Turn, answer: Answer) -> None:
        if turn.idem is not None and answer.refusal is None:
            self.desk.remember(*turn.idem, turn.fingerprint, answer.value)

    def _commit(self, turns: Sequence[_Turn]) -> None:
        """One commit for all. If storage fails, no writer of the round is answered with a result."""
        try:
            self.desk.log.commit()
        except IntegrityError:
            raise
        except ConsentryError as error:
            for turn in turns:
                if turn.wrote:
                    turn.error = error

    def _recheck(self, turns: Sequence[_Turn]) -> None:
        """Permits that a restriction overtook: an entry each, and a second commit, before anything is opened."""
        overtaken = []
        for turn in turns:
            if turn.wrote and turn.answer is not None and turn.answer.recheck is not None:
                turn.act = turn.answer.recheck()
                if turn.act is not None:
                    overtaken.append(turn)
        for turn in overtaken:
            assert turn.act is not None
            try:
                with self.desk.log.operation() as at:
                    turn.answer = turn.act(at)
                    self._remember(turn, turn.answer)
            except IntegrityError:
                raise
            except Exception as error:  # noqa: BLE001 - this permit stays closed; the others go on
                turn.error = self._known(error, turn)
        if overtaken:
            self._commit(overtaken)

    def _settle(self, turn: _Turn) -> Outcome:
        """The answer to give out: reads run here, on what is published."""
        if turn.same is not None and turn.error is None:
            return turn.same.error or turn.same.result or UnavailableError("try again")
        if turn.error is not None:
            return turn.error
        try:
            turn.result = self._result(turn)
        except IntegrityError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad request must not end the others
            turn.error = self._known(error, turn)
            return turn.error
        return turn.result

    def _result(self, turn: _Turn) -> dict[str, Any]:
        op, answer = turn.op, turn.answer
        assert op is not None
        if op.read is not None:
            return op.read(self.desk, turn.args)
        assert answer is not None
        if answer.refusal is not None:
            raise answer.refusal
        value = dict(answer.value)
        if "log_index" in value:
            value["proof"] = self.desk.log.proof(value["log_index"])
        return value if answer.finish is None else answer.finish(value)

    def _known(self, error: Exception, turn: _Turn) -> ConsentryError:
        """Our own errors as they are; anything unforeseen as `internal`, its words kept out of answers and logs."""
        if isinstance(error, ConsentryError):
            return error
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        self._log.error("unforeseen", error=type(error).__name__,
                        line=None if where is None else f"{where.tb_frame.f_code.co_name}:{where.tb_lineno}")
        return ConsentryError("something went wrong in the vault; nothing was recorded", code="internal")


def _check_same(known: bytes, asked: bytes) -> None:
    if not hmac.compare_digest(known, asked):
        raise ConflictError("this idempotency key was used for another request", code="idempotency-conflict")


def is_restricting(op: str, args: Mapping[str, Any]) -> bool:
    """Whether a request only tightens: back-pressure never refuses it."""
    found = OPS.get(op)
    return found is not None and found.restricts(dict(args))
