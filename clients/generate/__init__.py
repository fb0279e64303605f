"""Generates the types of the typed clients from the models and the route table, so that they cannot differ from the service."""
