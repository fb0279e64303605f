"""Blocks, bindings, lambdas, loops, operators and transforms."""
