"""Calls of functions: those of the language, with their shorter ways, and those of the caller."""
