"""`registry seal`: a lender's own file, with every personal value sealed to the vault before anything is sent.

Runs on the lender's machine and needs of the registry only the vault's public key.
"""
