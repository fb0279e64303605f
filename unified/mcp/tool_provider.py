"""The product's tools behind the port: what `unified.service.tools` offers this caller now, and what it makes of a call."""

from collections.abc import Mapping
from typing import Any

from unified.errors import NotFound
from unified.mcp.elicitation import open_page
from unified.mcp.interface import Answer, Continuation, InputRequest, ToolListing
from unified.service.access.principals import Principal
from unified.service.approvals import approval_for
from unified.service.public_urls import public_base_url
from unified.service.runtime.services import Services
from unified.service.tools import Tool, ToolOutcome, call_tool, offered_tools
from unified.store.approvals import ApprovalRow

GONE = "the approval is no longer there"
MEANINGS = {
    "pending": "Nothing was changed: a person has to approve this first. Ask for the outcome with get_approval.",
    "approved": "It was approved and is being done. Ask for the outcome with get_approval.",
    "executed": "It was approved and done.",
    "declined": "A person declined it; nothing was changed. Do not ask for the same again.",
    "expired": "Nobody decided in time; nothing was changed.",
    "void": "It can no longer be approved, because what it was asked with changed; nothing was changed.",
    "failed": "It was approved, but the provider refused it.",
    "unknown": "It was approved, but nobody knows whether it was done: read the record before you ask again.",
}
"""What a status means to an agent."""
OPEN = frozenset({"pending", "approved"})


class ServiceView:
    """The tools of one caller."""

    def __init__(self, services: Services, principal: Principal) -> None:
        self._services = services
        self._principal = principal

    @property
    def owner(self) -> tuple[str, str]:
        """The tenant, and the MCP server whose token was shown."""
        return self._principal.tenant_id, self._principal.key_id

    async def offered(self) -> tuple[ToolListing, ...]:
        """What the caller may call, by name."""
        return tuple(_offered(one) for one in await offered_tools(self._services, self._principal))

    async def call(self, name: str, arguments: Any, turn: Continuation) -> Answer:
        """Call a tool, or tell what became of the write that an earlier call asked for: then nothing is called."""
        if turn.state is not None:
            return await self._told(str(turn.state))
        outcome = await call_tool(self._services, self._principal, name, arguments)
        return Answer(structured=outcome.structured, is_error=outcome.is_error, asking=self._asking(outcome))

    async def _told(self, approval_id: str) -> Answer:
        try:
            row = await approval_for(self._services, self._principal, approval_id)
        except NotFound:
            return Answer(text=GONE, is_error=True)
        told = {"status": "approval_required" if row.status == "pending" else row.status, "approval": _shown(row)}
        return Answer(structured=told, is_error=row.status not in OPEN | {"executed"})

    def _asking(self, outcome: ToolOutcome) -> InputRequest | None:
        """The page where a person decides, for clients that can open one; an unknown address cannot be named."""
        row, base = outcome.approval, public_base_url(self._services.settings)
        if row is None or base is None:
            return None
        page = open_page(f"Approve or decline: {row.summary}", f"{base.rstrip('/')}/approvals/{row.id}")
        return InputRequest(requests={"approval": page}, state=row.id, until=row.expires_at)

    def input_schema(self, _name: str) -> Mapping[str, Any] | None:
        """None: no argument of the product's tools is mirrored in a header."""
        return None


def _offered(tool: Tool) -> ToolListing:
    return ToolListing(
        name=tool.name,
        title=tool.annotations.get("title") or tool.name.replace("_", " ").capitalize(),
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=tool.annotations,
        digest=tool.digest,
    )


def _shown(row: ApprovalRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "summary": row.summary,
        "meaning": MEANINGS[row.status],
        "expires_at": row.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "result": {"id": row.result_id} if row.result_id else None,
    }
