"""The page of the tenant."""
