"""A row of the audit trail as a person reads it: who, what, at which account, and how it ended."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from markupsafe import Markup

from unified.service.audit.events import OWN
from unified.store.audit_chain import AuditRow
from unified.web.html.messages import ACTION_LABELS, OUTCOMES, WORDS
from unified.web.html.permission_summary import describe_operation
from unified.web.html.rendering import t
from unified.web.session.layout import KEYS

LINKS = "con_"
NOBODY = {"cli": "audit.who.cli", OWN: "audit.who.service"}


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the ids of the rows are called."""

    actors: Mapping[str, str] = {}
    accounts: Mapping[str, str] = {}
    servers: Mapping[str, str] = {}


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row, ready to be shown."""

    seq: int
    when: datetime
    who: str
    actor: str
    server: str | None
    what: str
    is_code: bool
    """Whether `what` is for programs, since there are no words for it."""
    tool: str | None
    account: str | None
    account_id: str | None
    outcome: str
    """`done`, `failed` or `refused`."""
    told: Markup


def row_view(row: AuditRow, names: Names) -> RowView:
    """The view of a row."""
    what = _what(row)
    outcome = "refused" if row.decision == "denied" else "failed" if row.reason else "done"
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
        told=_described(row, outcome),
    )


def _who(actor: str, names: Names) -> str:
    if actor in NOBODY:
        return WORDS[NOBODY[actor]]
    found = names.actors.get(actor) or names.servers.get(actor)
    if found is not None:
        return found
    return WORDS["audit.who.link"] if actor.startswith(LINKS) else WORDS["audit.who.gone"] if actor.startswith(KEYS) else actor


def _what(row: AuditRow) -> str | None:
    if row.model is not None:
        return describe_operation(row.method or "", row.model)
    if row.kind == "call" and row.account_id is not None and row.method and row.method.isupper():
        return WORDS["audit.proxy"].format(method=row.method)
    return ACTION_LABELS.get(row.method or "")


def _described(row: AuditRow, outcome: str) -> Markup:
    reason = row.reason.partition(":")[0] if row.reason else None
    parts = [OUTCOMES.get(reason, reason)] if reason else []
    if row.status is not None and outcome != "done":
        parts.append(WORDS["audit.status"].format(status=row.status))
    if row.count is not None:
        parts.append(WORDS["audit.count"].format(count=row.count))
    ended = Markup(WORDS[f"audit.{outcome}"])  # noqa: S704 - our own words
    return ended + (": " + t("connect.way.named", way=", ".join(parts)) if parts else "")
