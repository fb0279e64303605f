"""Random pages and random expressions, evaluated here and by another engine, and what of the differences is explained."""
