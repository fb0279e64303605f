"""Paths: names, steps, predicates, order, and the variables that a path binds."""
