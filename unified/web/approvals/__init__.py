"""The approval pages: what waits, one request in full, and the decision."""
