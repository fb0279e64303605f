"""Reviews of the texts that agents read."""
