"""The writer of a program, and what it knows at each place."""
