"""Checks of an account: whether its provider accepts the credentials, and a refresh of its token on demand."""

from http import HTTPStatus

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.providers import ConnectionUnauthorized
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service.accounts.accounts import get_account
from unified.service.accounts.check_request import check_request
from unified.service.accounts.credentials import connection_of, exact_connection, open_user, with_user
from unified.service.runtime.credential_refusals import REFUSED
from unified.service.runtime.services import Services
from unified.store import accounts
from unified.store.accounts import AccountChanges, AccountRow
from unified.transport.connected_user import connected_user


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the provider accepts the account, and if not, why."""

    ok: bool
    """Whether the provider accepts the credentials."""
    detail: str
    """The result of the check, in a sentence."""


async def check_account(services: Services, tenant_id: str, account_id: str) -> CheckResult:
    """Make the provider's check request; a refusal is reported in the result and not raised.

    A 401 is confirmed by a second request; then the account becomes `needs_reauth`, as after a call. If it has that status
    because its credentials were refused, it becomes active again when the provider accepts them.

    Raises:
        NotFound: the account is unknown or another tenant's.
    """
    row = await get_account(services, tenant_id, account_id)
    was_refused = row.status_reason == REFUSED
    # Refreshable credentials that failed for another reason are not sent as they are: a refresh has to come first.
    as_they_are = was_refused or not row.credentials_refreshable
    connection = exact_connection(services, row) if as_they_are else connection_of(services, row)
    try:
        answer = await services.client.send(check_request(connection.provider, connection.settings), connection, safe=True)
    except UnifiedError as problem:
        if is_unauthorized(problem):
            await services.refusals.confirm(await get_account(services, tenant_id, account_id), at_once=True)
        return CheckResult(ok=False, detail=f"{problem.code}: {problem.detail}")
    if was_refused and row.status == "needs_reauth":
        await services.refusals.restore(row)
    await _keep_user(services, row, connected_user(connection.provider, answer.body))
    return CheckResult(ok=True, detail=f"{connection.provider.title} accepts this account")


async def _keep_user(services: Services, asked: AccountRow, user: str | None) -> None:
    """Keep the id of the connected user with the account's credentials, if the provider reported one that is not known yet.

    An account that was connected again meanwhile, perhaps as another user, stays as it is; so does one that others change at
    the same time, or whose credentials do not open.
    """
    try:
        row = await get_account(services, asked.tenant_id, asked.id)
        if user is None or row.connections != asked.connections or open_user(services, row) == user:
            return
        changes = AccountChanges(resealed=with_user(services, row, user))
        await accounts.update(services.database, row.tenant_id, row.id, changes, version=row.version)
    except (ConnectionUnauthorized, Conflict, NotFound):
        return


async def refuses(services: Services, row: AccountRow) -> bool:
    """Return whether the provider answers its check request with 401; False if it cannot be asked now."""
    connection = exact_connection(services, row)
    try:
        await services.client.send(check_request(connection.provider, connection.settings), connection, safe=False)
    except UnifiedError as problem:
        return is_unauthorized(problem)
    return False


def is_unauthorized(problem: UnifiedError) -> bool:
    """Return whether the provider itself refused the credentials: with 401, and without a code of another meaning."""
    refusal = problem.provider
    return isinstance(problem, ConnectionUnauthorized) and refusal is not None and refusal.status == HTTPStatus.UNAUTHORIZED


async def refresh_account(services: Services, tenant_id: str, account_id: str) -> CheckResult:
    """Refresh the account's token now, even if the account is not active; the result reports a refusal, which is not raised.

    Raises:
        NotFound: the account is unknown or another tenant's.
    """
    row = await get_account(services, tenant_id, account_id)
    if not row.credentials_refreshable:
        return CheckResult(ok=False, detail="the account has no refresh token; its credentials are used as they are")
    attempt = await services.refresher.force(row)
    if attempt.problem is not None:
        why = "the provider gave no new token" if attempt.hindrance is None else attempt.hindrance.detail
        return CheckResult(ok=False, detail=f"{attempt.problem}: {why}")
    return CheckResult(ok=True, detail="the account has a new token")
