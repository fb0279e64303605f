"""The routes of the models: one for each method that a model has."""
