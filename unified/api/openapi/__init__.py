"""The OpenAPI 3.1 document, derived from the models' registry and the handlers."""
