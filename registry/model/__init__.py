"""Frozen values: entries and their kinds, canonical encoding, ids, numbers, time. Pure: no I/O, no clock."""
