"""What runs beside requests: housekeeping, key rotation, row guards and the refresh scheduler."""
