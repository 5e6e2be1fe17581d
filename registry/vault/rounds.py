"""A round: each request in an operation of its own → one commit, durable and signed → for permits "restricted
since?", with a second commit where that refuses → openings → answers. Nothing is answered before it is durable.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from registry.errors import ConflictError, ConsentryError, IntegrityError, UnavailableError
from registry.vault.arguments import Args
from registry.vault.desk import Act, Answer, Desk
from registry.vault.ops import OPS
from registry.vault.ops.table import Op, op_of

Request = tuple[str, Args]
Outcome = dict[str, Any] | ConsentryError
IdemKey = tuple[str, str]
KEPT_PROOFS = 4_096


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
class Rounds:
    """Runs rounds at one desk."""

    desk: Desk
    _proofs: OrderedDict[int, str] = field(default_factory=OrderedDict)
    _log: structlog.typing.FilteringBoundLogger = field(default_factory=lambda: structlog.get_logger("vault"))

    def run(self, requests: Sequence[Request]) -> list[Outcome]:
        """Runs requests in order as one batch and answers each. Raises IntegrityError: stop the process."""
        turns = [self._turn(op, args) for op, args in requests]
        running: dict[IdemKey, _Turn] = {}
        try:
            # Keys and lines are durable before the entries that name them, or there are no such entries.
            with self.desk.keys.one_commit():
                for turn in turns:
                    self._write(turn, running)
        except UnavailableError as error:
            self.desk.log.abandon()
            _fail(turns, error)
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
            _fail(turns, error)

    def _recheck(self, turns: Sequence[_Turn]) -> None:
        """Permits that a restriction overtook: an entry each, and a second commit, before anything is opened."""
        overtaken = [turn for turn in turns if turn.wrote and self._is_overtaken(turn)]
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

    def _is_overtaken(self, turn: _Turn) -> bool:
        if turn.answer is None or turn.answer.recheck is None:
            return False
        try:
            turn.act = turn.answer.recheck()
        except IntegrityError:
            raise
        except Exception as error:  # noqa: BLE001 - what cannot be looked at again stays closed; the others go on
            turn.error = self._known(error, turn)
        return turn.act is not None

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
            value["proof"] = self._proof(value["log_index"], keep=turn.idem is not None)
        return value if answer.finish is None else answer.finish(value)

    def _proof(self, index: int, *, keep: bool) -> str:
        """The proof of an entry; of one that answers an idempotency key, the same again while it is kept."""
        proof = self._proofs.get(index) or self.desk.log.proof(index)
        if keep:
            self._proofs[index] = proof
            if len(self._proofs) > KEPT_PROOFS:
                self._proofs.popitem(last=False)
        return proof

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


def _fail(turns: Sequence[_Turn], error: ConsentryError) -> None:
    """No writer of the round is answered with a result."""
    for turn in turns:
        if turn.wrote:
            turn.error = error


def _check_same(known: bytes, asked: bytes) -> None:
    if not hmac.compare_digest(known, asked):
        raise ConflictError("this idempotency key was used for another request: draw a new one",
                            code="idempotency-conflict")
