"""The accounts page and its actions."""
