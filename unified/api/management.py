"""Handlers of API keys and accounts."""

from typing import Any, Literal

import msgspec
from litestar import Response

from unified.api.context import Context, empty_answer, json_answer
from unified.api.lists import flag, page_answer, page_limit, time_text
from unified.errors import FieldProblem, ValidationFailed
from unified.service.access import api_keys
from unified.service.access.key_config import NewKey
from unified.service.access.permissions import ROLES, granted
from unified.service.access.scopes import UNLIMITED, stored_scope
from unified.service.accounts import accounts
from unified.store.accounts import AccountRow, AccountStatus
from unified.store.api_keys import ApiKeyRow

STATUSES: tuple[AccountStatus, ...] = ("active", "connecting", "needs_reauth", "disabled")


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as it may be seen after it was made."""

    id: str
    name: str
    last4: str
    role: str
    scope: dict[str, Any] | Literal["unlimited"]
    """What it may do; `unlimited` for a key that was asked for by that word."""
    made_by: str | None
    """The API key that made it; null when it was made on the command line."""
    expires_at: str | None
    created_at: str
    last_used_at: str | None


class KeyMade(KeyShown, frozen=True, kw_only=True):
    """A new API key; the only answer that holds the key itself."""

    key: str


class CredentialsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as they may be seen: their type and last characters."""

    type: str | None
    masked: str | None
    expires_at: str | None


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it may be seen."""

    id: str
    provider: str
    name: str
    external_id: str | None
    settings: dict[str, Any]
    status: str
    status_reason: str | None
    credentials: CredentialsShown
    created_at: str
    updated_at: str


def shown_key(row: ApiKeyRow) -> KeyShown:
    """A key without its secret."""
    return KeyShown(
        id=row.id,
        name=row.name,
        last4=row.last4,
        role=row.role,
        scope=shown_scope(row),
        made_by=row.made_by,
        expires_at=time_text(row.expires_at),
        created_at=time_text(row.created_at) or "",
        last_used_at=time_text(row.last_used_at),
    )


def shown_scope(row: ApiKeyRow) -> dict[str, Any] | Literal["unlimited"]:
    """The scope of a key as it may be seen, or the word for the one that has no limit."""
    scope = stored_scope(row.scope)
    if msgspec.structs.replace(scope, manage=UNLIMITED.manage) == UNLIMITED and set(granted(row.role, scope)) == set(
        ROLES[row.role]
    ):
        return "unlimited"
    return row.scope or {}


def made_key(row: ApiKeyRow, token: str) -> KeyMade:
    """A key with its secret, shown once."""
    return KeyMade(key=token, **msgspec.structs.asdict(shown_key(row)))


def shown_account(row: AccountRow) -> AccountShown:
    """An account with its credentials masked."""
    credentials = CredentialsShown(
        type=row.credentials_type, masked=row.credentials_masked, expires_at=time_text(row.credentials_expires_at)
    )
    return AccountShown(
        id=row.id,
        provider=row.provider,
        name=row.name,
        external_id=row.external_id,
        settings=row.settings,
        status=row.status,
        status_reason=row.status_reason,
        credentials=credentials,
        created_at=time_text(row.created_at) or "",
        updated_at=time_text(row.updated_at) or "",
    )


async def create_key(context: Context) -> Response[Any]:
    """POST /api-keys."""
    asked = await context.body(NewKey)
    row, token = await api_keys.create_key(context.services, context.principal.tenant_id, asked, maker=context.principal)
    return json_answer(made_key(row, token), status=201, headers={"Location": f"/api-keys/{row.id}"})


async def list_keys(context: Context) -> Response[Any]:
    """GET /api-keys."""
    asked = context.parameters("limit", "cursor")
    caller, limit = context.principal, page_limit(asked)
    page = await api_keys.list_keys(context.services, caller.tenant_id, limit=limit, cursor=asked.get("cursor"), caller=caller)
    return page_answer(page, shown_key)


async def get_key(context: Context) -> Response[Any]:
    """GET /api-keys/{id}."""
    return json_answer(shown_key(await api_keys.get_key(*_named(context), caller=context.principal)))


async def list_descendants(context: Context) -> Response[Any]:
    """GET /api-keys/{id}/descendants: what revoking the key can end as well."""
    context.parameters()
    found = await api_keys.list_descendants(*_named(context), caller=context.principal)
    return json_answer({"data": found, "next_cursor": None})


async def revoke_key(context: Context) -> Response[Any]:
    """DELETE /api-keys/{id}."""
    asked = context.parameters("descendants")
    every = flag(asked, "descendants")
    await api_keys.revoke_key(*_named(context), caller=context.principal, descendants=every)
    return empty_answer()


def _named(context: Context) -> tuple[Any, str, str]:
    """The parts, the caller's tenant and the row that the path names."""
    return context.services, context.principal.tenant_id, context.path("id")


async def create_account(context: Context) -> Response[Any]:
    """POST /accounts."""
    asked = await context.body(accounts.NewAccount)
    row = await accounts.create_account(context.services, context.principal.tenant_id, asked)
    return json_answer(shown_account(row), status=201, headers={"Location": f"/accounts/{row.id}"})


async def list_accounts(context: Context) -> Response[Any]:
    """GET /accounts."""
    asked = context.parameters("limit", "cursor", "provider", "status", "external_id")
    page = await accounts.list_accounts(
        context.services,
        context.principal.tenant_id,
        provider=asked.get("provider"),
        status=_status(asked.get("status")),
        external_id=asked.get("external_id"),
        limit=page_limit(asked),
        cursor=asked.get("cursor"),
        scopes=context.principal.scopes,
    )
    return page_answer(page, shown_account)


def _status(text: str | None) -> AccountStatus | None:
    found = next((one for one in STATUSES if one == text), None)
    if text is not None and found is None:
        problem = FieldProblem(pointer="status", code="invalid", message=f"expected one of {', '.join(STATUSES)}")
        raise ValidationFailed(problem.message, errors=(problem,))
    return found


async def get_account(context: Context) -> Response[Any]:
    """GET /accounts/{id}."""
    return json_answer(shown_account(await accounts.get_account(*_named(context))))


async def update_account(context: Context) -> Response[Any]:
    """PATCH /accounts/{id}."""
    asked = await context.body(accounts.AccountPatch)
    row = await accounts.update_account(*_named(context), asked)
    return json_answer(shown_account(row))


async def delete_account(context: Context) -> Response[Any]:
    """DELETE /accounts/{id}."""
    await accounts.delete_account(*_named(context))
    return empty_answer()


async def check_account(context: Context) -> Response[Any]:
    """POST /accounts/{id}/check."""
    return json_answer(await accounts.check_account(*_named(context)))


async def refresh_account(context: Context) -> Response[Any]:
    """POST /accounts/{id}/refresh."""
    return json_answer(await accounts.refresh_account(*_named(context)))
