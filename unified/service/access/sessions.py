"""Sessions of people who sign in with an API key: a secret for the browser that expires by itself and with the key."""

from datetime import timedelta

import msgspec

from unified.errors.access import Unauthenticated
from unified.service.access.policy import key_is_over
from unified.service.access.principals import Principal, authenticate, principal_of, require_role
from unified.service.access.suspension import require_active
from unified.service.access.use.gate import require_open
from unified.service.runtime.services import Services
from unified.store import sessions
from unified.vault.tokens import has_valid_checksum, new_id, new_token

LIFETIME = timedelta(hours=8)
"""A working day."""
ROLES = ("admin", "approver")
SESSION_PREFIX = "us_"
REFUSED = "not signed in, or the session is over: sign in with an API key"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A person's session: what their key may do, and the names by which the pages say who is signed in."""

    caller: Principal
    key_name: str
    tenant_name: str


async def sign_in(services: Services, key: str) -> str:
    """Exchange an API key for the token of a new session.

    Raises:
        Unauthenticated: the text is not a valid key.
        MethodNotAllowedByScope: the role of the key has no pages.
        TenantSuspended: the key's tenant is suspended.
    """
    principal = await authenticate(services, f"Bearer {key}")
    require_role(principal, *ROLES)
    token = new_token(SESSION_PREFIX)
    await sessions.purge_expired(services.database)
    await sessions.add(
        services.database,
        principal.tenant_id,
        new_id("ses_"),
        key_id=principal.key_id,
        digest=services.digest(token),
        expires_at=services.clock() + LIFETIME,
    )
    return token


async def resume(services: Services, token: str | None) -> SignedIn:
    """Return the session of a token.

    Raises:
        Unauthenticated: for every other text, with one message.
        TenantSuspended: the tenant is suspended; the session continues when it is resumed.
        Paused, OutsideHours: the key is paused, or may not be used at this time; the same holds.
    """
    if token is None or not has_valid_checksum(token, SESSION_PREFIX):
        raise Unauthenticated(REFUSED)
    key = await sessions.find_key(services.database, services.digest(token))
    if key is None or key_is_over(services.settings, key.created_at, services.clock()):
        raise Unauthenticated(REFUSED)
    await require_active(services, key.tenant_id)
    require_open(key, services.clock())
    tenant = await services.rows.tenant(key.tenant_id)
    if tenant is None:
        raise Unauthenticated(REFUSED)
    caller = principal_of(key)
    return SignedIn(caller=caller, key_name=key.name, tenant_name=tenant.name)


async def sign_out(services: Services, token: str | None) -> None:
    """End the session of a token; does nothing if there is none."""
    if token is not None and has_valid_checksum(token, SESSION_PREFIX):
        await sessions.end(services.database, services.digest(token))
