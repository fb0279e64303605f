"""The pages of connect links, for those who create them."""
