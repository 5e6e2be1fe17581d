"""The one error of this package: something is not what the formats or the tree say it must be."""

from __future__ import annotations

from registry.errors import ConsentryError


class TlogError(ConsentryError):
    """A note, checkpoint, tile, bundle or proof is ill-formed, or does not verify."""

    code = "log-invalid"
