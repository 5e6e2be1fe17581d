"""The one style of our few pages, inline: nothing is fetched from anywhere, and the policy names its hash."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2.2rem}h3{font-size:1rem}
form{margin:1rem 0}button{font:inherit;padding:.7rem 1rem;width:100%;text-align:left;border:1px solid #767676;
border-radius:.4rem;background:#fff;cursor:pointer}
button:focus,button:hover{background:#f0f4ff;outline:2px solid #14c}
code,pre{font:0.9rem/1.4 ui-monospace,monospace;background:#f5f5f5;overflow-x:auto}
pre{padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}
h3 code,td{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0}
.receipt{overflow-wrap:anywhere}
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
STYLE_SOURCE = f"'sha256-{_HASH}'"
