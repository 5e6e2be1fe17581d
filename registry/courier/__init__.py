"""The courier process: all traffic of providers, in and out.

It verifies what providers report and puts it before the vault under its own signature; it follows the log and
sends the messages that entries ask for. It sees one address at a time, because an entry says so, and stores none.
"""
