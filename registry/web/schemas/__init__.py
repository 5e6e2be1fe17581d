"""Shapes of bodies and queries, and of answers for the documentation. What values mean, the vault says."""
