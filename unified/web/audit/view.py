"""Rows of the audit trail, prepared for display: actor, action, account and outcome."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from markupsafe import Markup

from unified.service.audit.events import OWN, WAITS
from unified.store.audit_chain import AuditRow
from unified.web.html.messages import ACTION_LABELS, MESSAGES, OUTCOMES
from unified.web.html.permission_summary import describe_operation
from unified.web.html.rendering import t
from unified.web.session.layout import KEYS

LINKS = "con_"
OUTCOMES_OF_ROWS = ("done", "waiting", "failed", "refused")
SYSTEM_ACTORS = {"cli": "audit.who.cli", OWN: "audit.who.service"}


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Names by id, for the ids that rows contain."""

    actors: Mapping[str, str] = {}
    accounts: Mapping[str, str] = {}
    servers: Mapping[str, str] = {}


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row, prepared for display."""

    seq: int
    when: datetime
    who: str
    actor: str
    server: str | None
    what: str
    is_code: bool
    """Whether `what` is an identifier, because no label exists for it."""
    tool: str | None
    account: str | None
    account_id: str | None
    outcome: str
    """One of `OUTCOMES_OF_ROWS`."""
    explanation: Markup


def row_view(row: AuditRow, names: Names) -> RowView:
    """Prepare a row for display."""
    what = _what(row)
    outcome = outcome_of(row)
    return RowView(
        seq=row.seq,
        when=row.created_at,
        who=_who(row.actor, names),
        actor=row.actor,
        server=None if row.server in {None, row.actor} else names.servers.get(row.server or "", row.server),
        what=what or row.method or "",
        is_code=what is None,
        tool=row.tool,
        account=names.accounts.get(row.account_id or ""),
        account_id=row.account_id,
        outcome=outcome,
        explanation=_explain_outcome(row, outcome),
    )


def outcome_of(row: AuditRow) -> str:
    """Return a row's outcome in one word; a write that waits for its approval has not failed."""
    if row.decision == "denied":
        return "refused"
    if row.reason == WAITS:
        return "waiting"
    return "failed" if row.reason else "done"


def _who(actor: str, names: Names) -> str:
    if actor in SYSTEM_ACTORS:
        return MESSAGES[SYSTEM_ACTORS[actor]]
    name = names.actors.get(actor) or names.servers.get(actor)
    if name is not None:
        return name
    if actor.startswith(LINKS):
        return MESSAGES["audit.who.link"]
    return MESSAGES["audit.who.gone"] if actor.startswith(KEYS) else actor


def _what(row: AuditRow) -> str | None:
    if row.model is not None:
        return describe_operation(row.method or "", row.model)
    if row.kind == "call" and row.account_id is not None and row.method and row.method.isupper():
        return MESSAGES["audit.proxy"].format(method=row.method)
    return ACTION_LABELS.get(row.method or "")


def _explain_outcome(row: AuditRow, outcome: str) -> Markup:
    reason = row.reason.partition(":")[0] if row.reason and outcome != "waiting" else None
    parts = [OUTCOMES.get(reason, reason)] if reason else []
    if row.status is not None and outcome in {"failed", "refused"}:
        parts.append(MESSAGES["audit.status"].format(status=row.status))
    if row.count is not None:
        parts.append(MESSAGES["audit.count"].format(count=row.count))
    label = Markup(MESSAGES[f"audit.{outcome}"])  # noqa: S704 - a text of this project
    return label + (": " + t("named", name=", ".join(parts)) if parts else "")
