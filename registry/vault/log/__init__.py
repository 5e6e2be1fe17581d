"""The vault's append-only log: store, sequencer, guard. It must not import `registry.vault.keys`."""

from registry.vault.log.log import Log
from registry.vault.log.ports import Clock, Faults, Observer, Signer

__all__ = ["Clock", "Faults", "Log", "Observer", "Signer"]
