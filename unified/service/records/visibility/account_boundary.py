"""The boundary of one account, in which conditions on the connected user are about the user as whom it is connected."""

from collections.abc import Iterable, Mapping
from functools import partial

from unified.errors.providers import ConnectionUnauthorized
from unified.service.access.scope.scopes import Scopes
from unified.service.accounts.credentials import open_user
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.shared_resources import boundary_at
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow


def account_boundary(services: Services, account: AccountRow, scopes: Scopes) -> Boundary:
    """Return the boundary that the account's chosen resources and the caller's scopes make."""
    return _boundary(services, account, account.resources, scopes)


def owner_boundary(services: Services, account: AccountRow, scopes: Scopes) -> Boundary:
    """Return the same for the owner of the account, who chooses the resources, and so without those that were chosen."""
    return _boundary(services, account, None, scopes)


def _boundary(
    services: Services, account: AccountRow, resources: Mapping[str, Iterable[str]] | None, scopes: Scopes
) -> Boundary:
    return boundary_at(services.catalog, account.provider, resources, scopes, partial(_user, services, account))


def _user(services: Services, account: AccountRow) -> str | None:
    try:
        return open_user(services, account)
    except ConnectionUnauthorized:  # nothing lies inside; the refusal says to connect it again
        return None
