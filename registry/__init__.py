"""Consentry: a contact directory and consent registry that opens only when it must."""
