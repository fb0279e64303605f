"""Mapping in flight: a query becomes a provider's call, a provider's object a common record, a body a payload."""
