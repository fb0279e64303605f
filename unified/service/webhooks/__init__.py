"""Webhooks: the endpoints that receive events, and the delivery of events to them."""
