"""Shapes of bodies and queries, and of answers for the documentation. Shape only: what values mean, the vault says."""
