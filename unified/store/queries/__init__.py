"""Queries that many tables share: pages, look-ups and counts."""
