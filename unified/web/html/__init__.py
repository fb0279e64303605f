"""Rendering of pages: templates, messages, forms, formatting and static files."""
