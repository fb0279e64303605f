"""The schemas of the OpenAPI document, from structs and models."""
