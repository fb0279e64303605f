"""Limits, hours and pauses: how much, when and whether at all a valid credential may be used, in addition to its scope."""
