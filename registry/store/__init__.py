"""The web tier's database: sealed values, credentials, the sealed inbox, drafts, and projections of the log.

A thief of this database gets ciphertext, pseudonyms, and who asked when; nothing in it opens or decides anything.
"""
