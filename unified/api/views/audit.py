"""Rows of the audit trail as responses show them."""

import msgspec
from msgspec import UNSET, UnsetType

from unified.service.audit.events import Decision, Kind
from unified.store.audit_chain import AuditRow, asked_names
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment


class AuditRowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit trail."""

    id: str
    """The id of the row, in the order of time."""
    seq: int
    """The number of the row within the tenant, from 1 without gaps."""
    at: Moment
    """When it happened."""
    actor: str
    """Who acted: an API key, an MCP server or a connect link by its id, `cli`, or `service` for Unified itself."""
    kind: Kind
    tool: str | None
    """The tool that was called; null for a call of the REST API."""
    server: str | None
    """The MCP server that was used."""
    method: str | None
    """The method of the model, such as `list`; without a model, the HTTP method and the route, or the command."""
    model: str | None
    """The model, such as `crm.contacts`."""
    account_id: str | None
    """The account that was used."""
    target: str | None
    """The id of what was created or changed in Unified."""
    decision: Decision
    reason: str | None
    """The code of the refusal or failure; null for a success."""
    status: int | None
    """The status of the provider's last response; null if it was not called or did not respond."""
    digest: str | None
    """Keyed digest of the request; in rows of an approval, that of the write."""
    request_id: str | None
    """The request, as its answer and its log line name it; null for commands and for rows of older versions."""
    fields: tuple[str, ...] | None
    """The fields of the common model that were asked for, by name; null where none were recorded."""
    hash: str
    """SHA-256 over this row and the hash of the one before it."""
    count: int | UnsetType = UNSET
    """How many refusals the row counts; omitted in all other rows."""


def audit_row_view(row: AuditRow) -> AuditRowView:
    """Return a complete row; it holds no payload."""
    made = {"at", "hash", "count", "fields"}
    same = {name: getattr(row, name) for name in AuditRowView.__struct_fields__ if name not in made}
    same["fields"] = asked_names(row.fields)
    same["count"] = UNSET if row.count is None else row.count
    return AuditRowView(at=time_text(row.created_at, "microseconds"), hash=row.hash.hex(), **same)
