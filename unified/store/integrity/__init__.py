"""Rows that cannot be changed unseen: keyed digests, sealed columns and triggers."""
