"""A round: each request in an operation of its own → one commit, durable and signed → for permits "restricted
since?", with a second commit where that refuses → openings → answers. Nothing is answered before it is durable.

With witnesses an opening waits behind its commit until their quorum has cosigned a checkpoint that covers it; rounds
go on meanwhile, and "restricted since?" is asked when the wait is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from registry.errors import ConsentryError, IntegrityError, UnavailableError
from registry.storage import is_storage, refused
from registry.vault.arguments import Args
from registry.vault.desk import Answer, Desk
from registry.vault.ops import OPS
from registry.vault.ops.table import op_of
from registry.vault.turns import IdemKey, Outcome, Turn, check_same, fail

__all__ = ["Outcome", "Request", "Rounds"]

Request = tuple[str, Args]
KEPT_PROOFS = 4_096


@dataclass(slots=True)
class Rounds:
    """Runs rounds at one desk."""

    desk: Desk
    _waiting: list[Turn] = field(default_factory=list)
    _proofs: OrderedDict[int, str] = field(default_factory=OrderedDict)
    _log: structlog.typing.FilteringBoundLogger = field(default_factory=lambda: structlog.get_logger("vault"))

    def run(self, requests: Sequence[Request], *, whole: bool = True) -> list[Outcome | Turn]:
        """Runs requests in order as one batch and answers each; a turn that waits for the witnesses stands for its
        answer, which `late` gives. Unless it must be `whole`, the round ends where a witness has said something that
        openings wait for, and the first of them are answered. Raises IntegrityError: stop the process."""
        turns: list[Turn] = []
        running: dict[IdemKey, Turn] = {}
        try:
            # Keys and lines are durable before the entries that name them, or there are no such entries.
            with self.desk.keys.one_commit():
                for name, args in requests:
                    turns.append(self._turn(name, args))
                    self._write(turns[-1], running)
                    if not whole and self._is_called():
                        break
        except UnavailableError as error:
            self.desk.log.abandon()
            fail(turns, error)
        self._commit(turns)
        self.feed()
        waiting = self._keep_waiting(turns)
        self._recheck([turn for turn in turns if turn not in waiting])
        return [turn if turn in waiting else self._settle(turn) for turn in turns]

    def feed(self) -> None:
        """Hears the witnesses and hands them the newest checkpoint. What storage refuses is tried again later."""
        try:
            self.desk.log.feed()
        except IntegrityError:
            raise
        except ConsentryError as error:
            self._log.warning("not published", code=error.code)

    def late(self) -> list[tuple[Turn, Outcome]]:
        """The answers that had to wait: now covered by what is published, or over. Raises IntegrityError: stop."""
        if self.desk.log.feeder is None:
            return []
        self.feed()
        now, published = self.desk.log.feeder.times.steady(), self.desk.log.published
        settled = [turn for turn in self._waiting if turn.covers <= published or turn.until <= now]
        if not settled:
            return []
        over = set(settled)
        self._waiting = [turn for turn in self._waiting if turn not in over]
        for turn in settled:
            if turn.covers > published and turn.same is None:
                turn.error = UnavailableError(
                    "too few witnesses have confirmed the log; repeat with the same key in a second",
                    code="witness-quorum",
                )
        self._recheck(settled)
        return [(turn, self._settle(turn)) for turn in settled]

    def _is_called(self) -> bool:
        """Whether there is something to hear for which openings wait."""
        feeder = self.desk.log.feeder
        return bool(self._waiting) and feeder is not None and feeder.network.has_come

    def _keep_waiting(self, turns: Sequence[Turn]) -> set[Turn]:
        """The turns whose openings the witnesses have not covered yet; from now on `late` looks after them."""
        log = self.desk.log
        if log.feeder is None or log.published >= log.size:
            return set()
        waiting = [turn for turn in turns if turn.opens]
        until = log.feeder.times.steady() + log.feeder.patience.opening
        for turn in waiting:
            turn.covers, turn.until = log.size, until
        self._waiting += waiting
        return set(waiting)

    def _turn(self, name: str, args: Args) -> Turn:
        try:
            return Turn(op_of(OPS, name, args), args)
        except ConsentryError as error:
            return Turn(None, args, error=error)

    def _write(self, turn: Turn, running: dict[IdemKey, Turn]) -> None:
        if turn.op is None or turn.op.write is None:
            return
        if self.desk.log.feeder is not None:
            self.desk.log.feeder.hold()
        try:
            if "idem" in turn.args:
                idem = turn.args["idem"]
                turn.idem = (idem["scope"], idem["key"])
                turn.fingerprint = self.desk.keys.fingerprint(idem["request"])
                turn.same = running.get(turn.idem)
            if turn.same is not None:
                check_same(turn.same.fingerprint, turn.fingerprint)
                return
            turn.answer = self._operate(turn)
        except IntegrityError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad request must not end the others
            turn.error = self._known(error, turn)
        if turn.idem is not None and turn.wrote:
            running[turn.idem] = turn

    def _operate(self, turn: Turn) -> Answer:
        """One operation: what was remembered for the key, or the op itself; remembered with its entries."""
        desk, op = self.desk, turn.op
        assert op is not None
        assert op.write is not None
        known = desk.remembered(*turn.idem) if turn.idem is not None else None
        if known is not None:
            check_same(known[0], turn.fingerprint)
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

    def _remember(self, turn: Turn, answer: Answer) -> None:
        if turn.idem is not None and answer.refusal is None:
            self.desk.remember(*turn.idem, turn.fingerprint, answer.value)

    def _commit(self, turns: Sequence[Turn]) -> None:
        """One commit for all. If storage fails, no writer of the round is answered with a result."""
        try:
            self.desk.log.commit()
        except IntegrityError:
            raise
        except ConsentryError as error:
            fail(turns, error)

    def _recheck(self, turns: Sequence[Turn]) -> None:
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

    def _is_overtaken(self, turn: Turn) -> bool:
        if turn.answer is None or turn.answer.recheck is None:
            return False
        try:
            turn.act = turn.answer.recheck()
        except IntegrityError:
            raise
        except Exception as error:  # noqa: BLE001 - what cannot be looked at again stays closed; the others go on
            turn.error = self._known(error, turn)
        return turn.act is not None

    def _settle(self, turn: Turn) -> Outcome:
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

    def _result(self, turn: Turn) -> dict[str, Any]:
        op, answer = turn.op, turn.answer
        assert op is not None
        if op.read is not None:
            self.desk.log.recover()  # where storage failed, what is in memory may be half of it
            return op.read(self.desk, turn.args)
        assert answer is not None
        if answer.refusal is not None:
            raise answer.refusal
        value = dict(answer.value)
        if "log_index" in value:
            value["proof"] = self._proof(value["log_index"], keep=turn.idem is not None)
        if answer.opens:
            self.desk.log.check_lease()  # the point of no return: from here on a number may leave
        return value if answer.finish is None else answer.finish(value)

    def _proof(self, index: int, *, keep: bool) -> str:
        """The proof of an entry; of one that answers an idempotency key, the same again while it is kept."""
        proof = self._proofs.get(index) or self.desk.log.proof(index)
        if keep and index < self.desk.log.published:
            self._proofs[index] = proof
            if len(self._proofs) > KEPT_PROOFS:
                self._proofs.popitem(last=False)
        return proof

    def _known(self, error: Exception, turn: Turn) -> ConsentryError:
        """Our own errors as they are; anything unforeseen as `internal`, its words kept out of answers and logs."""
        if isinstance(error, ConsentryError):
            return error
        if is_storage(error):
            return refused()  # something could not be read
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        self._log.error("unforeseen", error=type(error).__name__,
                        line=None if where is None else f"{where.tb_frame.f_code.co_name}:{where.tb_lineno}")
        return ConsentryError("something went wrong in the vault; nothing was recorded", code="internal")
