"""The kinds of entry that register what the web database holds rows and sealed values of: what differs there is an
alarm by the vault, and what the web tier compares."""

BORROWER, CONTACT = "borrower-registered/1", "contact-registered/1"
CHANNEL, ACCOUNT = "channel-added/1", "account-opened/1"
REGISTERING = (BORROWER, CONTACT, CHANNEL, ACCOUNT)
LONGEST_SEALED = 6_144  # bytes of a sealed value: the vault reads no longer one
