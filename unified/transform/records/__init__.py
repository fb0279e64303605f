"""How objects of a provider become records of a model."""
