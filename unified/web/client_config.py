"""The configuration that MCP clients read, as JSON to paste."""

import re
from typing import Any

import msgspec

KEY = "YOUR_API_KEY"
"""What stands for the API key, which nobody can be shown."""


def client_config(name: str, url: str, *, needs_key: bool) -> str:
    """One server under a short name: its address, and a header for the API key where one is needed."""
    server: dict[str, Any] = {"type": "http", "url": url}
    if needs_key:
        server["headers"] = {"Authorization": f"Bearer {KEY}"}
    return msgspec.json.format(msgspec.json.encode({"mcpServers": {_slug(name): server}}), indent=2).decode()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "unified"
