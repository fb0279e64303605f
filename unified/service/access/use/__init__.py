"""How much, when and whether at all a valid credential may be used, beside what its scope allows."""
