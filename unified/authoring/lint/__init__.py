"""Lint: findings in data files, with rule, place and remedy."""
