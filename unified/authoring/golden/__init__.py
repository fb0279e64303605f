"""Golden cases: what a mapping makes of recorded objects and requests."""
