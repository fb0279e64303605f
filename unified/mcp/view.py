"""The product's tools behind the port: what `unified.service.tools` offers this caller now."""

from collections.abc import Mapping
from typing import Any

from unified.errors import UnknownTool
from unified.mcp.port import Answer, Offered, Turn
from unified.service.principals import Principal
from unified.service.services import Services


class ServiceView:
    """The tools of one caller."""

    def __init__(self, services: Services, principal: Principal) -> None:
        self._services = services
        self._principal = principal

    @property
    def owner(self) -> tuple[str, str]:
        """The tenant, and the MCP server whose token was shown."""
        return self._principal.tenant_id, self._principal.key_id

    async def offered(self) -> tuple[Offered, ...]:
        """What the caller may call, by name."""
        return ()

    async def call(self, name: str, arguments: Any, turn: Turn) -> Answer:
        """Call a tool."""
        raise UnknownTool("unknown tool")

    def input_schema(self, _name: str) -> Mapping[str, Any] | None:
        """None: no argument of the product's tools is mirrored in a header."""
        return None
