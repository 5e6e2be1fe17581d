"""A C2SP tlog-witness: remembers each log's largest tree, and cosigns only what grows out of it.

A regulator or an auditor runs it on a host of their own (docs/operating/witnesses.md). It sees checkpoints, never
entries, and uses nothing of this product but `registry.tlog`: no vault, no web tier, no database server.
"""
