"""Queries of a list: filters, pages and time windows."""
