"""The whole service in process, opened quickly: the one place where tests put its parts together.

What costs time is made once for each test process and copied or lent for each world: a database with all tables, the
application with its routes, and the demo data of the stand-ins. A world of its own is as fresh as one made from nothing;
`tests/test_world.py` shows it.
"""

import atexit
import pickle
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import sqlalchemy as sa
import time_machine
from litestar.types import ControllerRouterHandler

from tests.cassettes.place import TESTED
from tests.databases import fresh_postgres, make_template
from tests.keys import new_key
from unified import Catalog
from unified.api.server import build_server
from unified.app.application import HANDLERS
from unified.app.assembly import assembled
from unified.app.preparation import prepare
from unified.service.access.api_keys import create_key
from unified.service.access.principals import authenticate
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import SHOWCASE
from unified_sandbox.standin import StandIn

PROVIDERS = tuple(name for name in TESTED.standins() if (TESTED.root / "providers" / f"{name}.yaml").exists())
"""The installed providers that have a stand-in, by name; one without is served too, but nothing can be asked of it here."""
SIGN_IN = tuple(name for name in PROVIDERS if (oauth := TESTED.standins()[name].oauth) and oauth.authorize_path)
"""Those at whose stand-in a person can sign in."""
NOWHERE = "http://127.0.0.1:9"
"""Where providers would answer over a network; in process nothing is sent there."""


@cache
def catalog() -> Catalog:
    """The providers and mappings under test, compiled once: the project's own, unless UNIFIED_CATALOG names others."""
    return TESTED.catalog


@cache
def standins(*names: str) -> dict[str, StandIn]:
    """Stand-ins by name, whose demo data is made once and copied for each sandbox."""
    return {name: _with_kept_seed(one) for name, one in TESTED.standins().items() if name in names}


def _with_kept_seed(standin: StandIn) -> StandIn:
    """The stand-in, with a seed that unpickles what the first call made: much faster than making it again."""
    kept: list[bytes] = []

    def seed(source: random.Random) -> Any:
        if not kept:
            kept.append(pickle.dumps(standin.seed(source)))
        return pickle.loads(kept[0])

    return msgspec.structs.replace(standin, seed=seed)


def provider_urls(names: Sequence[str] = PROVIDERS) -> dict[str, str]:
    """The setting that leads calls to the stand-ins."""
    return {name: f"{NOWHERE}/{name}" for name in names}


_TEMPLATES: dict[str, Any] = {}


async def _template_home() -> Path:
    """A home folder with master keys and a database that has all tables and nothing in them."""
    if "home" not in _TEMPLATES:
        home = Path(tempfile.mkdtemp(prefix="unified-template-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        await prepare(Settings(home=home))
        _TEMPLATES["home"] = home
    return _TEMPLATES["home"]


@asynccontextmanager
async def fresh_home(home: Path, kind: str = "sqlite") -> AsyncIterator[str]:
    """Lay master keys into a home folder, and answer the URL of an empty database that `prepare` prepared under them."""
    template = await _template_home()
    shutil.copytree(template, home, dirs_exist_ok=True)
    if kind == "sqlite":
        yield Settings(home=home).database_url
        return
    if kind not in _TEMPLATES:
        with tempfile.TemporaryDirectory() as other:  # the template's home says that its database is in use
            shutil.copytree(template, other, dirs_exist_ok=True)
            (Path(other) / "rows.guarded").unlink(missing_ok=True)
            _TEMPLATES[kind] = await make_template(lambda url: prepare(Settings(home=Path(other), database_url=url)))
    async with fresh_postgres(_TEMPLATES[kind]) as url:
        yield url


@asynccontextmanager
async def open_services(
    settings: Settings, *, transport: httpx2.AsyncBaseTransport | None = None, prepared: bool = True
) -> AsyncIterator[Services]:
    """The parts of the service over a database that `fresh_home` made, or over any other that is not `prepared`."""
    async with assembled(settings, catalog=catalog(), transport=transport, prepared=prepared) as services:
        yield services


_SERVERS: defaultdict[Any, list["_Lent"]] = defaultdict(list)
"""Applications that no world uses now: registering the routes takes longer than all the rest."""


@asynccontextmanager
async def lend_server(services: Services, routes: Sequence[ControllerRouterHandler] = HANDLERS) -> AsyncIterator[Any]:
    """An application over these parts; given back at the end of the block."""
    key = (id(routes), services.settings.body_max_bytes, services.settings.client_timeout)
    lent = _SERVERS[key].pop() if _SERVERS[key] else _Lent(services.settings, routes)
    # Set here as the server's start would: its own start opens a task group, which a fixture cannot hold open.
    lent.services = lent.server.state.services = services
    try:
        yield lent.server
    finally:
        for name in list(lent.server.state.dict()):
            delattr(lent.server.state, name)
        _SERVERS[key].append(lent)


class _Lent:
    """An application, and the parts that it answers with until it is given back."""

    def __init__(self, settings: Settings, routes: Sequence[ControllerRouterHandler]) -> None:
        self.services: Services | None = None
        self.server = build_server(settings, self._ready, routes)

    @asynccontextmanager
    async def _ready(self) -> AsyncIterator[Services]:
        assert self.services is not None
        yield self.services


@asynccontextmanager
async def open_client(app: Any, key: str | None = None, *, raises: bool = True) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, as the holder of a key; it asks for plain answers, as the length of compressed ones varies."""
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
    through = httpx2.ASGITransport(app, raise_app_exceptions=raises)
    async with httpx2.AsyncClient(transport=through, base_url="http://unified", headers=headers) as client:
        yield client


@asynccontextmanager
async def open_app(
    settings: Settings,
    transport: httpx2.AsyncBaseTransport | None = None,
    *,
    routes: Sequence[ControllerRouterHandler] = HANDLERS,
    prepared: bool = True,
) -> AsyncIterator[tuple[Services, httpx2.AsyncClient]]:
    """The parts of the service, and a client of all its routes, which answers a fault of ours as the service does."""
    async with (
        open_services(settings, transport=transport, prepared=prepared) as services,
        lend_server(services, routes) as server,
        open_client(server, raises=False) as client,
    ):
        yield services, client


async def add_tenant(services: Services, name: str = "test") -> str:
    """A tenant; its id."""
    return (await tenants.add(services.database, new_id("ten_"), name=name)).id


async def add_key(services: Services, tenant: str, **asked: Any) -> str:
    """A key with the widest scope of its role, where none is asked for."""
    _, key = await create_key(services, tenant, new_key(**{"name": "k", **asked}), maker=None)
    return key


async def connect(services: Services, tenant: str, provider: str, **more: Any) -> str:
    """An account with the stand-in's demo credentials; its id."""
    one = TESTED.standins()[provider]
    asked = {"name": provider, "credentials": one.demo_credentials[0], "settings": dict(one.demo_settings), **more}
    return (await create_account(services, tenant, NewAccount(provider=provider, **asked))).id


class World(msgspec.Struct, kw_only=True):
    """A running service and one of its tenants: what tests of all subjects ask of them. A subject adds its own in a subclass.

    `open_world` gives it all that is below; the worlds of subjects have what they need of it.
    """

    services: Any
    tenant: str
    client: httpx2.AsyncClient = None  # type: ignore[assignment]
    sandbox: Any = None
    """The control surface of the stand-ins."""
    server: Any = None
    admin_key: str = ""
    accounts: dict[str, str] = {}
    """Provider → id."""
    lives: Any = None
    """The stand-ins from inside: provider → what it holds."""

    async def get(self, path: str, provider: str = "hubspot", **query: Any) -> httpx2.Response:
        return await self.client.get(path, params={"account_id": self.accounts[provider], **query})

    async def send(
        self, method: str, path: str, body: Any = None, provider: str = "hubspot", **headers: str
    ) -> httpx2.Response:
        return await self.client.request(
            method, path, params={"account_id": self.accounts[provider]}, json=body, headers=headers
        )

    async def key(self, **asked: Any) -> str:
        """A fresh key of the tenant."""
        return await add_key(self.services, self.tenant, **{"role": "app", **asked})

    async def principal(self, key: str | None = None) -> Any:
        """Who calls with a key."""
        return await authenticate(self.services, f"Bearer {key or self.admin_key}")

    async def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All rows of a table."""
        async with self.services.database.read() as connection:
            return [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]

    async def reached(self, provider: str = "hubspot") -> list[dict[str, Any]]:
        """What arrived at a stand-in so far."""
        return (await self.sandbox.get("/_sandbox/requests", params={"provider": provider})).json()["data"]


@asynccontextmanager
async def open_sandbox(*names: str, clock: Callable[[], Any] | None = None) -> AsyncIterator[tuple[Any, httpx2.AsyncClient]]:
    """Stand-ins with fresh data, and a client of their control surface."""
    more = {} if clock is None else {"clock": clock}
    sandbox = create_sandbox(standins(*names), **more)
    control = httpx2.ASGITransport(sandbox, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=control, base_url=NOWHERE) as steering:
        yield sandbox, steering


class _Rows(msgspec.Struct, kw_only=True, frozen=True):
    """What every world has in its database."""

    tenant: str
    admin_key: str
    accounts: dict[str, str]


_ROWS: dict[str, tuple[Path, _Rows]] = {}
"""By settings, the home folder of the first such world before anything was done in it: making accounts takes most of the time."""


async def _lay_rows(home: Path, settings: dict[str, Any], sandbox: Any, steering: httpx2.AsyncClient) -> _Rows:
    """Lay master keys and a database into the home folder, with a tenant, its key and its accounts.

    They are made anew where a test has set the clock, so that their times are its own, and where making them calls a provider,
    whose stand-in remembers it.
    """
    key = repr(sorted(settings.items()))
    travelling = time_machine.escape_hatch.is_travelling()
    if key not in _ROWS or travelling:
        made = Path(tempfile.mkdtemp(prefix="unified-template-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        rows = await _make_rows(made, settings, sandbox)
        if travelling or (await steering.get("/_sandbox/requests")).json()["data"]:
            shutil.copytree(made, home, dirs_exist_ok=True)
            shutil.rmtree(made)
            return rows
        _ROWS[key] = (made, rows)
    template, rows = _ROWS[key]
    shutil.copytree(template, home, dirs_exist_ok=True)
    return rows


async def _make_rows(home: Path, settings: dict[str, Any], sandbox: Any) -> _Rows:
    chosen = Settings(home=home, **settings)
    async with fresh_home(home), open_services(chosen, transport=httpx2.ASGITransport(sandbox)) as services:
        tenant = await add_tenant(services)
        key = await add_key(services, tenant, name="admin", role="admin")
        accounts = {name: await connect(services, tenant, name) for name in settings["provider_urls"]}
    return _Rows(tenant=tenant, admin_key=key, accounts=accounts)


@asynccontextmanager
async def open_world(home: Path, *, providers: Sequence[str] = SHOWCASE, **settings: Any) -> AsyncIterator[World]:
    """A world on SQLite in this folder."""
    lasting = {"key_default_lifetime": 0}  # tests that let months pass are about something else than the end of keys
    chosen = {"provider_urls": provider_urls(providers), "allow_loopback": True, **lasting, **settings}
    async with open_sandbox(*providers) as (sandbox, steering):
        rows = await _lay_rows(home, chosen, sandbox, steering)
        async with (
            open_services(Settings(home=home, **chosen), transport=httpx2.ASGITransport(sandbox)) as services,
            lend_server(services) as server,
            open_client(server, rows.admin_key) as client,
        ):
            yield World(
                client=client,
                sandbox=steering,
                services=services,
                server=server,
                tenant=rows.tenant,
                admin_key=rows.admin_key,
                accounts=dict(rows.accounts),
                lives=sandbox.lives,
            )
