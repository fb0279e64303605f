"""The requests of a mapping: operations, paths, and what they read of a query."""
