"""The files that a new provider begins with."""
