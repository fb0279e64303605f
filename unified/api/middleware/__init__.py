"""What surrounds every request: audit trail, compression, deadlines, disconnects, log lines and the stop."""
