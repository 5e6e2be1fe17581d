"""Keeping an installation: backups while it serves, and restoring one. Reads the databases, never a key."""
