"""The approval pages: the waiting writes, one write in full, and the decision."""
