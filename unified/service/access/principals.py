"""Authentication by API key: a key becomes a principal with tenant, role and scope; every failure looks the same."""

import msgspec

from unified.bounded_cache import Latest
from unified.errors.access import MethodNotAllowedByScope, Unauthenticated
from unified.service.access.policy import announced_end, key_is_over
from unified.service.access.scope.scopes import UNLIMITED, Scope, Scopes, stored_scope
from unified.service.access.suspension import require_active
from unified.service.access.use.gate import require_open
from unified.service.access.use.use_limits import Levels, levels_of
from unified.service.runtime.services import Services
from unified.store import bearer_tokens
from unified.store.api_keys import KEYS, ApiKeyRow
from unified.store.bearer_tokens import FormerToken
from unified.telemetry.recording import record_key_end
from unified.vault.tokens import has_valid_checksum

KEY_PREFIX = "uk_"
AGENT = "agent"
"""The role of a caller that shows the token of an MCP server."""
OPERATOR = "operator"
"""The role of whoever runs a command on the machine of the service: no key limits them."""
REFUSED = "expected a valid API key as `Authorization: Bearer uk_…`"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The caller of one request."""

    tenant_id: str
    key_id: str
    """The id of the API key that calls, or of the MCP server to which the shown token belongs."""
    role: str
    """Of a key `admin`, `app` or `approver`; `agent` for the token of an MCP server."""
    scope: Scope
    extra_scopes: Scopes = ()
    """More scopes that must allow an act too: that of the API key shown with an MCP server's token."""
    api_key_id: str | None = None
    """The id of that API key."""
    levels: Levels = ()
    """The limits of use that all hold: its own, and those of every key above what it shows."""

    @property
    def scopes(self) -> Scopes:
        """All scopes; an act is allowed if each of them allows it."""
        return (self.scope, *self.extra_scopes)

    @property
    def server(self) -> str | None:
        """The id of the MCP server through which an agent calls."""
        return self.key_id if self.role == AGENT else None

    @property
    def maker_id(self) -> str | None:
        """The recorded maker of anything that the caller creates: None for the operator, who has no key."""
        return None if self.role == OPERATOR else self.key_id

    @property
    def actor_id(self) -> str:
        """Who calls, as the audit names it: the API key, also if it was shown with a server's token; else the server."""
        return self.api_key_id or self.key_id

    @property
    def credentials(self) -> frozenset[str]:
        """The ids of everything that was shown to call: none of them may approve what it requested."""
        return frozenset(one for one in (self.key_id, self.api_key_id) if one is not None)


def operator_of(tenant_id: str) -> Principal:
    """Return the caller of a command, who acts for a tenant without a key."""
    return Principal(tenant_id=tenant_id, key_id="", role=OPERATOR, scope=UNLIMITED)


async def authenticate(services: Services, authorization: str | None) -> Principal:
    """Return the principal of an `Authorization` header.

    Raises:
        Unauthenticated: for every other text, with one message.
        TenantSuspended: the key's tenant is suspended.
        Paused, OutsideHours: the key is paused, or may not be used at this time.
    """
    fingerprint = _shown(services, authorization)
    row = None if fingerprint is None else await services.rows.key(fingerprint)
    if fingerprint is None or row is None or key_is_over(services.settings, row.created_at, services.clock()):
        raise Unauthenticated(REFUSED)
    await require_active(services, row.tenant_id)
    require_open(row, services.clock())
    await services.rows.use_key(fingerprint, row)
    record_key_end(announced_end(services.settings, row.created_at, row.expires_at, services.clock()))
    return _principal_of(row)


def principal_of(row: ApiKeyRow) -> Principal:
    """Return the caller that an API key makes."""
    return Principal(
        tenant_id=row.tenant_id, key_id=row.id, role=row.role, scope=stored_scope(row.scope), levels=levels_of(row)
    )


MAX_PRINCIPALS = 1_024
"""Keys whose caller is cached, until their row is read again."""
_principal_of = Latest(principal_of, MAX_PRINCIPALS)
"""Returns the caller of a key, which is made once for as long as its row is cached: a scope may have thousands of ids."""


def _shown(services: Services, authorization: str | None) -> bytes | None:
    kind, _, token = (authorization or "").partition(" ")
    return fingerprint_of(services, token.strip(), KEY_PREFIX) if kind.lower() == "bearer" else None


def fingerprint_of(services: Services, token: str | None, prefix: str) -> bytes | None:
    """Return the digest by which a token is looked up; None for a text that cannot be a token with this prefix."""
    return services.digest(token) if token is not None and has_valid_checksum(token, prefix) else None


async def former_key(services: Services, authorization: str | None) -> FormerToken | None:
    """Return the key that a refused header once belonged to, in whose audit the refusal is recorded; None if there is none."""
    fingerprint = _shown(services, authorization)
    return None if fingerprint is None else await bearer_tokens.find_former(services.database, KEYS, fingerprint)


def require_role(principal: Principal, *roles: str) -> None:
    """Require one of the roles.

    Raises:
        MethodNotAllowedByScope: the principal has another role.
    """
    if principal.role not in roles:
        raise MethodNotAllowedByScope(f"expected a key of role {' or '.join(roles)}, got one of role {principal.role}")
