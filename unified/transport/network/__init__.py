"""How bytes reach a provider: pools and networks."""
