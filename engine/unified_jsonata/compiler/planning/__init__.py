"""Plans the code of an expression before any is written."""
