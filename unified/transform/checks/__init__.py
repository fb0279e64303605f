"""Checks a mapping when it is loaded."""
