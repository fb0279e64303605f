"""Routes of accounts."""

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromQuery, JSONBody

from unified.api.answers.responses import NO_STORE, created
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PositionDependency, PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.accounts import AccountView, account_view
from unified.api.views.lists import ListView, page_view
from unified.errors.names import unknown_name
from unified.errors.requests import ValidationFailed
from unified.service.accounts import account_changes, accounts, checking
from unified.service.accounts.account_changes import AccountPatch
from unified.service.accounts.accounts import NewAccount
from unified.service.accounts.checking import CheckResult
from unified.store.accounts import AccountStatus


class AccountController(Controller):
    """Accounts of the tenant that the caller's scope includes."""

    path = "/accounts"
    tags = ("management",)
    response_headers = NO_STORE

    @get(opt=requires("call"))
    async def list_accounts(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        position: PositionDependency,
        *,
        provider: FromQuery[str | None] = None,
        status: FromQuery[AccountStatus | None] = None,
        external_id: FromQuery[str | None] = None,
    ) -> ListView[AccountView]:
        """List accounts."""
        known = (*services.catalog.providers(), *services.catalog.disabled)
        if provider is not None and provider not in known:
            raise ValidationFailed.at("provider", unknown_name("provider", provider, known))
        page = await accounts.list_accounts(
            services,
            principal.tenant_id,
            provider=provider,
            status=status,
            external_id=external_id,
            limit=position.limit,
            cursor=position.cursor,
            scopes=principal.scopes,
        )
        return page_view(page, account_view)

    @post(opt=requires("accounts", "tenant", asks_provider=True, problems=("409",)))
    async def create_account(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewAccount]
    ) -> Response[AccountView]:
        """Connect an account with credentials that you already have."""
        row = await accounts.create_account(services, principal.tenant_id, data)
        return created(account_view(row), f"/accounts/{row.id}")

    @get("/{id:str}", opt=requires("call", "account"))
    async def get_account(
        self, services: ServicesDependency, principal: PrincipalDependency, account_id: PathId
    ) -> AccountView:
        """Get one account, credentials masked."""
        return account_view(await accounts.get_account(services, principal.tenant_id, account_id))

    @patch("/{id:str}", opt=requires("accounts", "account", asks_provider=True, problems=("409",)))
    async def update_account(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        account_id: PathId,
        data: JSONBody[AccountPatch],
    ) -> AccountView:
        """Change an account."""
        return account_view(await account_changes.update_account(services, principal.tenant_id, account_id, data))

    @delete("/{id:str}", opt=requires("accounts", "account"))
    async def delete_account(self, services: ServicesDependency, principal: PrincipalDependency, account_id: PathId) -> None:
        """Delete an account with its credentials."""
        await accounts.delete_account(services, principal.tenant_id, account_id)

    @post("/{id:str}/check", opt=requires("call", "account", asks_provider=True), status_code=200)
    async def check_account(
        self, services: ServicesDependency, principal: PrincipalDependency, account_id: PathId
    ) -> CheckResult:
        """Ask the provider whether it accepts the account."""
        return await checking.check_account(services, principal.tenant_id, account_id)

    @post("/{id:str}/refresh", opt=requires("connect", "account", asks_provider=True), status_code=200)
    async def refresh_account(
        self, services: ServicesDependency, principal: PrincipalDependency, account_id: PathId
    ) -> CheckResult:
        """Refresh the account's token now."""
        return await checking.refresh_account(services, principal.tenant_id, account_id)
