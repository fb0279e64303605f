"""How the expressions of a mapping file are compiled."""
