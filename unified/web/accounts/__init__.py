"""The accounts page and what an operator does there."""
