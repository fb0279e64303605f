"""Shows a running service to operators: logs, metrics and traces. None of them holds users' data."""
