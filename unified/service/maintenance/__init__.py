"""Runs the work alongside requests: housekeeping, key rotation, row guards and the refresh scheduler."""
