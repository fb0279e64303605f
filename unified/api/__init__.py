"""The REST API: routes, their handlers, errors as problems, and the OpenAPI document."""
