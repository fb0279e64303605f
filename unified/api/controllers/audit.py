"""The route of the audit trail."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PositionDependency, PrincipalDependency, ServicesDependency
from unified.api.views.audit import AuditRowView, audit_row_view
from unified.api.views.lists import ListView, page_view
from unified.errors.requests import ValidationFailed
from unified.service.access.principals import Principal
from unified.service.access.scopes import named_accounts
from unified.service.audit.events import DECISIONS, KINDS, Decision, Kind
from unified.store import audit
from unified.store.audit import AuditFilter
from unified.text.parsing_times import parse_time


@get("/audit", opt=requires("audit"), tags=["management"], response_headers=NO_STORE)
async def list_audit(
    services: ServicesDependency,
    principal: PrincipalDependency,
    position: PositionDependency,
    *,
    account_id: FromQuery[str | None] = None,
    actor: FromQuery[str | None] = None,
    decision: FromQuery[Decision | None] = None,
    kind: FromQuery[Kind | None] = None,
    server: FromQuery[str | None] = None,
    request_id: FromQuery[str | None] = None,
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
) -> ListView[AuditRowView]:
    """List audit rows, newest first."""
    wanted = audit_filter(
        {
            "account_id": account_id,
            "actor": actor,
            "decision": decision,
            "kind": kind,
            "server": server,
            "request_id": request_id,
            "since": since,
            "until": until,
        }
    )
    page = await audit.list_page(
        services.database,
        principal.tenant_id,
        seen_by(principal, wanted),
        limit=position.limit,
        cursor=position.cursor,
    )
    return page_view(page, audit_row_view)


def seen_by(principal: Principal, wanted: AuditFilter) -> AuditFilter:
    """Return the filter limited to visible rows: a caller limited to accounts sees their rows, and those of the key itself."""
    accounts = named_accounts(principal.scopes)
    return wanted if accounts is None else msgspec.structs.replace(wanted, accounts=accounts, actors=(principal.key_id,))


def audit_filter(texts: Mapping[str, str | None]) -> AuditFilter:
    """Return which rows are asked for. Raises ValidationFailed naming what cannot be."""
    values: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
    for name, known in (("decision", DECISIONS), ("kind", KINDS)):
        if values.get(name, known[0]) not in known:
            raise ValidationFailed.at(name, f"expected one of {', '.join(known)}")
    for name in ("since", "until"):
        if name in values:
            values[name] = parse_time(name, values[name])
    return AuditFilter(**values)
