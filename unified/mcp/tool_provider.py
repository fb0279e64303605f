"""The product's tools as a `ToolProvider`: lists and calls the tools of `unified.service.tools` for one caller."""

from collections.abc import Mapping
from typing import Any

import msgspec

from unified.errors.requests import NotFound
from unified.mcp.elicitation import url_elicitation
from unified.mcp.interface import CallMeta, InputRequest, OfferedTool, ToolAnswer, ToolListing
from unified.service.access.principals import Principal
from unified.service.approvals import approval_for, approval_outcome, readable_targets
from unified.service.mcp_servers.reconnecting import Reconnect, reconnect_link
from unified.service.public_urls import public_base_url
from unified.service.runtime.services import Services
from unified.service.tools import ListedTool, Tool, ToolOutcome, call_tool, listed_tools
from unified.service.tools.by_identity import ByIdentity
from unified.service.tools.untrusted import marked_id, marked_targets
from unified.store.approvals import ApprovalRow
from unified.transform.tools import ToolDefinition

APPROVAL_NOT_FOUND = "the approval no longer exists; call the tool again without requestState"
MEANINGS = {
    "pending": "Nothing has changed yet: a person must approve this first. Get the outcome with get_approval.",
    "approved": "It was approved and is being executed. Get the outcome with get_approval.",
    "executed": "It was approved and executed.",
    "declined": "A person declined it; nothing has changed. Do not request the same again.",
    "expired": "No one decided in time; nothing has changed. Call the tool again to request a new approval.",
    "void": "It can no longer be approved, because something that it depends on has changed; the write was not made.",
    "failed": "It was approved, but the provider refused it.",
    "unknown": "It was approved, but whether it was executed is unknown: read the record before you request it again.",
}
"""Status of an approval to its meaning for an agent."""
MAX_LISTED = 2_048
"""Listings in the cache, which share their schemas with the definitions."""
RECONNECTED = "reconnected"
"""The state of a request to connect an account again; that of a request for approval is its id."""
NOT_FINAL = frozenset({"pending", "approved"})


class ServiceToolProvider:
    """The tools of one caller."""

    def __init__(self, services: Services, principal: Principal) -> None:
        self._services = services
        self._principal = principal

    @property
    def owner(self) -> tuple[str, str]:
        """Ids of the tenant and of the MCP server that the token belongs to."""
        return self._principal.tenant_id, self._principal.key_id

    async def list_tools(self) -> tuple[OfferedTool, ...]:
        """Return the tools that the caller can call, sorted by name."""
        return tuple(_offered(one) for one in await listed_tools(self._services, self._principal))

    async def call(self, name: str, arguments: Any, meta: CallMeta) -> ToolAnswer:
        """Call a tool; with the state of a request for approval, return its outcome instead, and call nothing.

        After a request to connect an account again, the call is made, and a person is asked no second time.
        """
        if meta.state is not None and meta.state != RECONNECTED:
            return await self._approval_outcome(str(meta.state))
        outcome = await call_tool(self._services, self._principal, name, arguments, key=meta.key)
        if meta.state is None:
            link = await reconnect_link(self._services, self._principal, outcome.problem)
            if link is not None:
                return _with_link(outcome, link)
        structured = msgspec.Raw(outcome.content)
        return ToolAnswer(structured=structured, is_error=outcome.is_error, input_request=self._input_request(outcome))

    async def _approval_outcome(self, approval_id: str) -> ToolAnswer:
        try:
            row = await approval_for(self._services, self._principal, approval_id)
        except NotFound:
            return ToolAnswer(text=APPROVAL_NOT_FOUND, is_error=True)
        targets = marked_targets(await readable_targets(self._services, self._principal, row))
        status = "approval_required" if row.status == "pending" else row.status
        structured = {"status": status, "approval": _outcome_view(row, targets)}
        return ToolAnswer(structured=structured, is_error=row.status not in NOT_FINAL | {"executed"})

    def _input_request(self, outcome: ToolOutcome) -> InputRequest | None:
        """Return a request to open the approval page; None if no approval is required, or the public address is unknown."""
        row, base = outcome.approval, public_base_url(self._services.settings)
        if row is None or base is None:
            return None
        page = url_elicitation(f"Approve or decline: {row.summary}", f"{base.rstrip('/')}/approvals/{row.id}")
        return InputRequest(requests={"approval": page}, state=row.id, until=row.expires_at)

    def input_schema(self, _name: str) -> Mapping[str, Any] | None:
        """Return None: no argument of the product's tools is mirrored in a header."""
        return None


def _with_link(outcome: ToolOutcome, link: Reconnect) -> ToolAnswer:
    """Return a failed call with a connect link: as a request to open it, or in the result for clients without such requests."""
    page = url_elicitation(f"Connect again: {link.account_name}", link.url)
    error = outcome.structured["error"] | {"reconnect": {"url": link.url, "expires_at": link.expires_at}}
    return ToolAnswer(
        structured={"error": error},
        is_error=True,
        input_request=InputRequest(requests={"reconnect": page}, state=RECONNECTED, until=link.expires_at),
    )


def _to_listing(tool: ToolDefinition | Tool) -> OfferedTool:
    return OfferedTool(
        listing=ToolListing(
            name=tool.name,
            title=tool.annotations.get("title") or tool.name.replace("_", " ").capitalize(),
            description=tool.description,
            input_schema=tool.input_schema,
            output_schema=tool.output_schema,
            annotations=tool.annotations,
            digest=tool.digest,
        )
    )


_without_accounts = ByIdentity(_to_listing, MAX_LISTED)


def _offered(tool: ListedTool) -> OfferedTool:
    shared = _without_accounts(tool.definition)
    return OfferedTool(listing=shared.listing, accounts=tool.accounts) if tool.accounts else shared


def _outcome_view(row: ApprovalRow, targets: list[dict[str, Any]]) -> dict[str, Any]:
    outcome = approval_outcome(row, marked_id(row.result_id), targets)
    shown = {name: outcome[name] for name in ("status", "summary")}
    return {"id": row.id, **shown, "meaning": MEANINGS[row.status], **outcome}
