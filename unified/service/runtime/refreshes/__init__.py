"""Refreshing access tokens without races."""
