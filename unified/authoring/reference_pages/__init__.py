"""Pages of docs/reference: each made from the table that the product itself reads."""
