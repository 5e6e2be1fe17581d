"""The vault's keys: wrapping, sealing, lines, codes, tokens, and what leaves signed or encrypted.

`keyring.Keyring` is the whole surface; `kek.KeyFile` is the key that wraps the others. Never imports the log.
"""
