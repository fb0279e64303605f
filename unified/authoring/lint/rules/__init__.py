"""The rules of lint, one subject in a module."""
