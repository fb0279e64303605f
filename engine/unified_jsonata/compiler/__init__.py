"""Syntax tree to Python source, by kind of node."""
