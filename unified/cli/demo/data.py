"""The data of the demo: a tenant, new keys and MCP servers, and one account per provider."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from unified.app.application import create_app
from unified.app.assembly import assembled
from unified.app.preparation import open_own_vault
from unified.catalog.provider import Provider
from unified.cli.demo.agents import AGENT_KEY, TAG, DemoServer, create_servers, revoke_servers
from unified.cli.operators.services import PAGE, all_tenants, every_row
from unified.errors.error import UnifiedError
from unified.service.access import api_keys
from unified.service.access.key_config import NewKey
from unified.service.accounts import account_changes, accounts
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.store import tenants
from unified.store.api_keys import Role
from unified.telemetry.loggers import get_logger
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping
from unified.vault.tokens import new_id
from unified_sandbox.standin import StandIn

TENANT = "demo"
ADMIN_KEY, APP_KEY = "demo admin", "demo app"
log = get_logger("unified.demo")


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account at one provider of the sandbox."""

    provider: Provider
    account_id: str
    mappings: tuple[Mapping, ...]


class DemoResources(msgspec.Struct, frozen=True, kw_only=True):
    """Keys, accounts and MCP servers of the demo."""

    admin_key: str
    app_key: str
    accounts: tuple[DemoAccount, ...]
    servers: dict[str, DemoServer]
    """MCP servers by name, `read_only` and `approvals`; empty without a support account."""
    refused: dict[str, str]
    """Reasons by provider for accounts that could not be connected."""


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """A running demo."""

    base_url: str
    sandbox_url: str
    resources: DemoResources


async def prepare(settings: Settings, standins: Iterable[StandIn]) -> tuple[DemoResources, Any]:
    """Create or update the demo's data; returns it with the application."""
    catalog = Catalog.load(settings.catalog_path)
    vault = await open_own_vault(settings)
    async with assembled(settings, catalog=catalog, vault=vault) as services:
        resources = await _prepare_resources(services, standins)
    return resources, create_app(settings, catalog=catalog, vault=vault, demo=True)


async def _prepare_resources(services: Services, standins: Iterable[StandIn]) -> DemoResources:
    tenant_id = await _tenant(services)
    await _revoke_old(services, tenant_id)
    _, admin_key = await api_keys.create_key(services, tenant_id, _unlimited(ADMIN_KEY, "admin"), maker=None)
    _, app_key = await api_keys.create_key(services, tenant_id, _unlimited(APP_KEY, "app"), maker=None)
    connected, refused = [], {}
    for standin in standins:
        name = standin.name
        if name not in services.catalog.providers():
            continue
        try:
            connected.append(await _connect(services, tenant_id, standin))
        except UnifiedError as problem:
            refused[name] = problem.detail
            log.warning("not_connected", provider=name, code=problem.code)
    account = support_account(connected)
    servers = {} if account is None else await create_servers(services, tenant_id, account.account_id)
    return DemoResources(admin_key=admin_key, app_key=app_key, accounts=tuple(connected), servers=servers, refused=refused)


def _unlimited(name: str, role: Role) -> NewKey:
    return NewKey(name=name, role=role, scope="unlimited")


async def _tenant(services: Services) -> str:
    for one in await all_tenants(services):
        if one.name == TENANT:
            return one.id
    return (await tenants.add(services.database, new_id("ten_"), name=TENANT)).id


async def _revoke_old(services: Services, tenant_id: str) -> None:
    for row in await every_row(lambda cursor: api_keys.list_keys(services, tenant_id, limit=PAGE, cursor=cursor, caller=None)):
        if row.name in {ADMIN_KEY, APP_KEY, AGENT_KEY}:
            await api_keys.revoke_key(services, tenant_id, row.id, caller=None)
    await revoke_servers(services, tenant_id)


def support_account(connected: Sequence[DemoAccount]) -> DemoAccount | None:
    """Return the account for the MCP servers: of those with support models, the one with the most models of ticketing."""
    support = [one for one in connected if any(TAG in mapping.tags for mapping in one.mappings)]
    counts = {one.account_id: sum(mapping.model.category == "ticketing" for mapping in one.mappings) for one in support}
    return max(support, key=lambda one: counts[one.account_id], default=None)


async def _connect(services: Services, tenant_id: str, standin: StandIn) -> DemoAccount:
    provider = services.catalog.provider(standin.name)
    credentials, settings = dict(standin.demo_credentials[0]), dict(standin.demo_settings)
    external_id = f"demo-{provider.name}"
    existing = await accounts.list_accounts(services, tenant_id, external_id=external_id, limit=1)
    if existing.items:
        patch = account_changes.AccountPatch(settings=settings, credentials=credentials, status="active")
        row = await account_changes.update_account(services, tenant_id, existing.items[0].id, patch)
    else:
        new_account = accounts.NewAccount(
            provider=provider.name,
            name=f"{provider.title} (sandbox)",
            external_id=external_id,
            settings=settings,
            credentials=credentials,
        )
        row = await accounts.create_account(services, tenant_id, new_account)
    return DemoAccount(provider=provider, account_id=row.id, mappings=services.catalog.offered(provider.name))
