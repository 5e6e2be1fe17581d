"""The API, one blueprint an audience."""
