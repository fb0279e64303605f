"""Commands for authors of providers and mappings."""
