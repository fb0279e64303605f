"""The whole service, with agents to let in."""

from tests.mcp.endpoint.conftest import more_settings, place

__all__ = ["more_settings", "place"]
