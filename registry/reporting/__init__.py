"""Figures for auditors: the same numbers as tables, charts and files, whether from the database or from the log.

Nothing here reads anything: numbers come in, words, SVG, HTML and CSV go out.
"""
