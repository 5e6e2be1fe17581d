"""From signed to published: a checkpoint of ours, and the quorum of witnesses that must cosign it where there is one.

`signed` is what our own guarded checkpoint covers; restrictions and denials are answered at it. `published` is what
the served note covers: with a witness policy the last one that a quorum has cosigned, without one the signed one.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.errors import ConflictError
from registry.tlog.checkpoint import Checkpoint, sign_checkpoint
from registry.tlog.note import verifier_of
from registry.tlog.tree import consistency_proof
from registry.vault.log.checked import Checked
from registry.vault.log.feeder import Feeder
from registry.vault.log.opening import Opened
from registry.vault.log.ports import Faults, Signer
from registry.vault.log.reading import ReadableLog
from registry.vault.log.stated import Stated

KEPT_NODES = 65_536  # entries behind the signed edge whose nodes stay in memory while no quorum comes


class PublishingLog(ReadableLog):
    """The half that signs, has cosigned, and publishes what is integrated."""

    def __init__(self, opened: Opened, signer: Signer, faults: Faults) -> None:
        signed = Stated(opened.guarded.note, opened.guarded.checkpoint)
        super().__init__(opened.store, opened.tree, signed, Checked(opened.store, opened.memory, opened.unread))
        self._guard, self._guarded, self._recorded = opened.guard, opened.guarded, opened.recorded
        self._signer, self._faults = signer, faults
        self._key_id = verifier_of(signer).key_id  # a log has one key for its whole life
        self._root = opened.tree.root()
        self.feeder: Feeder | None = None

    def _watched_by(self, feeder: Feeder, *, before: bool) -> None:
        if self.feeder is not None:
            raise ConflictError("the log has its witnesses already")
        self.feeder = feeder
        if before:
            self._published = self._recorded
            feeder.resume(self._recorded)
        feeder.offer(self._signed)

    def _sign(self) -> None:
        """Signs what is integrated and moves the guard."""
        if self._tree.size == self.signed:
            return
        checkpoint = Checkpoint(self._signer.name, self._tree.size, self._root)
        note = sign_checkpoint(checkpoint, self._signer, self._key_id)
        self._faults("signed")
        self._guarded = self._guard.advance(self._guarded, note, checkpoint)
        self._faults("guarded")
        self._signed = Stated(note, checkpoint)
        if self.feeder is None:
            self._publish(self._signed)
        else:
            self.feeder.offer(self._signed)

    def _publish(self, stated: Stated) -> None:
        self._tree.prune(max(self.published, self.signed - KEPT_NODES))
        self._published = stated
        self._faults("published")

    def _hear(self, feeder: Feeder) -> None:
        """Publishes what a quorum has cosigned, and hands the witnesses the newest."""
        feeder.feed(self._consistency, self._faults)
        cosigned = self._cosigned()
        if cosigned is None:
            return
        if feeder.is_new(cosigned):
            self._record(cosigned)
        self._take_in(cosigned)
        feeder.feed(self._consistency, self._faults)

    def _cosigned(self) -> Stated | None:
        """What a quorum has cosigned, or more witnesses have than is published: to be recorded, then taken in."""
        cosigned = None if self.feeder is None else self.feeder.hear(self._consistency)
        if cosigned is None or cosigned.size < self.published:
            return None
        self._faults("cosigned")
        return cosigned

    def _take_in(self, cosigned: Stated) -> None:
        """Publishes what is recorded."""
        assert self.feeder is not None
        self._publish(cosigned)
        self.feeder.published(cosigned)

    def _record(self, cosigned: Stated) -> None:
        """Durable before anybody sees it: a restart must not serve an older one."""
        self._store.begin()
        self._store.put_head(self._tree.size, self._root, cosigned.note)
        self._store.commit()

    def _consistency(self, old: int, size: int) -> Sequence[bytes]:
        return consistency_proof(self._tree.node, old, size)
