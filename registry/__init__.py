"""Consentry: a contact directory and consent registry that opens only when it must."""

__version__ = "0.1.0"  # the only place that says it
