"""Publishes a model: schema, fields and options."""
