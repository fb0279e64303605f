"""What operators see of a running service: logs, metrics and traces. None of them holds users' data."""
