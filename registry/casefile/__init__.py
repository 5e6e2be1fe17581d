"""The evidence of one lookup as a package: what belongs into it, its files, and how they are signed and packed.

The vault makes and signs one; an auditor makes the same, unsigned, from the log alone. Pure: what it needs is given.
"""
