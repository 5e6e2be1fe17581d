"""Bridges: who connects two telephone lines for a while, so that neither side learns the other's number."""
