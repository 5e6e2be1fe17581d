"""A second opinion on what came out of the vault, deliberately naive: leaves as JSON, dates and lists, no code of the
product's policy. Written from POLICY alone; it knows the demo's law (floor and cn) in plain numbers.

Slow and plain on purpose: whoever doubts it reads it. `opinion` has the questions one may ask it.
"""
