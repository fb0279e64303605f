"""A call of a caller, and the further requests that it makes."""
