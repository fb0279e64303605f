"""How values of a provider become values of a model."""
