"""What the web tier does, as plain functions over Protocols: no Flask, no SQL, no key, no decision."""
