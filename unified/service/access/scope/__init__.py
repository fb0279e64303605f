"""Scopes: the methods, models, fields and writes that they allow, and how one scope lies within another."""
