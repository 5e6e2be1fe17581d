"""The web process: it meets the Internet, so it can neither open nor decide.

It checks shape and identity, asks the vault, and shows what came back.
"""
