"""Defines the events of webhooks: ids and states of managed objects, never a provider's record."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from unified.store.access_pauses import Pausable
from unified.store.accounts import AccountRow, AccountStatus
from unified.store.app_states import AppStateRow
from unified.store.approvals import ApprovalRow, ApprovalStatus
from unified.store.connect_links import ConnectLinkRow
from unified.store.deliveries import Event
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment

Owner = Literal["tenant", "installation"]
"""Who an OAuth app belongs to."""


class AccountChange(msgspec.Struct, frozen=True, kw_only=True):
    """An account after the change that is reported."""

    account_id: str
    """`acc_…`, the `account_id` of calls."""
    provider: str
    """Name of the provider, such as `hubspot`."""
    external_id: str | None
    """Your own id of the customer."""
    status: AccountStatus
    status_reason: str | None
    """Why the status is not `active`."""


class AppRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """An OAuth app that its provider refuses."""

    provider: str
    """Name of the provider, such as `hubspot`."""
    owner: Owner
    """The owner of the app."""
    status: Literal["invalid_client"]
    """The provider refuses it."""
    invalid_since: Moment
    """When the provider first refused it."""


class KeyExpiry(msgspec.Struct, frozen=True, kw_only=True):
    """An API key that stops working soon, without its name."""

    key_id: str
    """`key_…`, of which `GET /api-keys/{id}` says more."""
    expires_at: Moment
    """When it stops working."""


class ApprovalChange(msgspec.Struct, frozen=True, kw_only=True):
    """An approval after the change that is reported, without its summary, which names fields and the account."""

    approval_id: str
    """`apr_…`, of which `GET /approvals/{id}` says more."""
    status: ApprovalStatus
    status_reason: str | None
    """Why it failed, was declined or expired."""
    account_id: str
    """The account of the provider that would be written to."""
    model: str
    """The model, such as `crm.contacts`."""
    method: str
    """The method, such as `create`."""
    tool: str | None
    """The tool that was called; null for a call of the REST API."""
    requested_by: str
    """The API key or MCP server that asked for the write."""
    decided_by: str | None
    """Who approved or declined it; null before."""


class ConnectFailure(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt with a connect link that made no account, or connected none again."""

    link_id: str
    """The connect link that was used."""
    provider: str | None
    """The provider that was chosen; null if none was."""
    external_id: str | None
    """Your own id of the customer, as the link has it."""
    account_id: str | None
    """Account that was to be connected again."""
    reason: str
    """Why, as a stable code."""


class AccessPause(msgspec.Struct, frozen=True, kw_only=True):
    """A pause of keys, servers, agents or writes, or the end of one."""

    subject: Pausable
    """`api_key`, `mcp_server`, `agents` for all agents of the tenant, or `writes` for all writes to its accounts."""
    id: str
    """The id of the key or server; that of the tenant for `agents` and `writes`."""
    by: str | None
    """The API key that did it; null for the command line."""
    reason: str | None
    """Why it was paused; null when it was resumed."""


class LimitReport(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of a key or an MCP server that was reached for the first time in its period."""

    id: str
    """The key or server that has the limit; what is below it counts as well."""
    limit: str
    """The calls that are counted: `calls` for all, `writes` or `deletes`."""
    period: str
    """`minute`, `hour`, `day`, or `total`."""
    quota: int
    """The most in that period."""
    until: Moment | None
    """When counting begins again; null for the total."""


class LoopReport(msgspec.Struct, frozen=True, kw_only=True):
    """An agent that was stopped because it was in a loop."""

    id: str
    """The MCP server through which it calls."""
    kind: str
    """The kind of loop: `repeating` calls, `paging` without end, `failing` over and over, or `polling` for approvals."""
    tools: tuple[str, ...]
    """The tools that it called."""
    count: int
    """How many calls that were."""
    seconds: int
    """For how long it is stopped."""


class WebhookPing(msgspec.Struct, frozen=True, kw_only=True):
    """The webhook to which a test event was sent."""

    webhook_id: str
    """`whk_…`"""


TEST_EVENT = "webhook.test"
"""Sent on request, only to the webhook that is tested."""
PAYLOADS: dict[str, type[msgspec.Struct]] = {
    "account.connected": AccountChange,
    "account.needs_reauth": AccountChange,
    "account.reactivated": AccountChange,
    "account.deleted": AccountChange,
    "connect.failed": ConnectFailure,
    "oauth_app.invalid": AppRefusal,
    "key.expiring": KeyExpiry,
    "approval.requested": ApprovalChange,
    "approval.decided": ApprovalChange,
    "access.paused": AccessPause,
    "access.resumed": AccessPause,
    "limit.reached": LimitReport,
    "loop.stopped": LoopReport,
    TEST_EVENT: WebhookPing,
}
"""Every event with what its `data` is."""
EVENTS = tuple(name for name in PAYLOADS if name != TEST_EVENT)
"""Every event that a webhook can subscribe to."""
CHANGES = {
    ("connecting", "active"): "account.connected",
    ("active", "needs_reauth"): "account.needs_reauth",
    ("connecting", "needs_reauth"): "account.needs_reauth",
    ("disabled", "needs_reauth"): "account.needs_reauth",
    ("needs_reauth", "active"): "account.reactivated",
}
"""Status before and after -> the event of the change; other changes have none."""


def account_event(name: str, row: AccountRow, at: datetime) -> Event:
    """Return an event of one account, as it is after the change."""
    data = AccountChange(
        account_id=row.id,
        provider=row.provider,
        external_id=row.external_id,
        status=row.status,
        status_reason=row.status_reason,
    )
    return event(name, data, at)


def account_events(name: str) -> Callable[[AccountRow], Event]:
    """Return a function that makes the event from the account's new row, for a change that is always reported."""
    return lambda row: account_event(name, row, row.updated_at)


def status_event(before: AccountRow, after: AccountRow) -> Event | None:
    """Return the event of a change of status, if `CHANGES` has one for it."""
    name = CHANGES.get((before.status, after.status))
    return None if name is None else account_event(name, after, after.updated_at)


def app_event(row: AppStateRow, owner: Owner) -> Event:
    """Return the event that an OAuth app is refused."""
    at = row.invalid_since or row.not_before
    data = AppRefusal(provider=row.provider, owner=owner, status="invalid_client", invalid_since=time_text(at, "milliseconds"))
    return event("oauth_app.invalid", data, at)


def connect_failed_event(link: ConnectLinkRow, reason: str, at: datetime) -> Event:
    """Return the event that an attempt with a connect link failed."""
    data = ConnectFailure(
        link_id=link.id,
        provider=link.provider,
        external_id=link.external_id,
        account_id=link.reconnects,
        reason=reason,
    )
    return event("connect.failed", data, at)


def approval_event(name: str, row: ApprovalRow, at: datetime) -> Event:
    """Return an event of one approval, as it is after the change."""
    data = ApprovalChange(
        approval_id=row.id,
        status=row.status,
        status_reason=row.status_reason,
        account_id=row.account_id,
        model=row.model,
        method=row.method,
        tool=row.tool,
        requested_by=row.requested_by,
        decided_by=row.decided_by,
    )
    return event(name, data, at)


def approval_events(name: str, clock: Callable[[], datetime]) -> Callable[[ApprovalRow], Event]:
    """Return a function that makes the event from the approval's new row."""
    return lambda row: approval_event(name, row, clock())


def key_expiring_event(key_id: str, expires_at: datetime, at: datetime) -> Event:
    """Return the event of an API key that stops working soon."""
    return event("key.expiring", KeyExpiry(key_id=key_id, expires_at=time_text(expires_at)), at)


def event(name: str, data: msgspec.Struct, at: datetime) -> Event:
    """Return an event in the form that Standard Webhooks recommends: `type`, `timestamp`, `data`."""
    return Event(
        name=name,
        payload=msgspec.json.encode({"type": name, "timestamp": time_text(at, "milliseconds"), "data": data}).decode(),
    )
