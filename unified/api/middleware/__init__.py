"""Surrounds every request with its promises: audit trail, compression, deadlines, disconnects, log lines and the stop."""
