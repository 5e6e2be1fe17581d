"""What passkeys of this installation are bound to: told to browsers as the vault writes it."""

from __future__ import annotations

from registry.relying import party

__all__ = ["party"]
