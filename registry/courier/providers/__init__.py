"""One module for each kind of provider: verify a callback on its raw bytes, then map it to an event."""
