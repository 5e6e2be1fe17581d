"""The web process's app, for a WSGI server: `granian app:app`, `flask --app app …`. Settings: the environment."""

from __future__ import annotations

import os

from registry.logs import configure_logs, hide_traces, level_of
from registry.web.factory import create_app
from registry.web.settings import WebSettings

configure_logs("web", level_of(os.environ))
hide_traces()
app = create_app(WebSettings.from_environment(os.environ))
