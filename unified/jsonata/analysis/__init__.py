"""What an expression reads, writes and calls, found without running it."""
