"""The vault's append-only log: store, sequencer, guard. It must not import `registry.vault.keys`."""

from registry.vault.log.ports import Clock, Faults, Observer, Signer
from registry.vault.log.sequencer import Log

__all__ = ["Clock", "Faults", "Log", "Observer", "Signer"]
