"""The demo world: seeded before any server starts, served with an advancing clock, played as a story."""
