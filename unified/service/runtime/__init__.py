"""Holds the state that every part of the service needs while it runs: shared state, background writers, caches and limits."""
