"""One assembled service in front of all stand-ins, asked through the service layer; whole lists are read once."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from tests.cassettes.connect import CLOCK
from tests.cassettes.place import TESTED
from tests.conformance.subjects import Subject, mapping, parents, reference, scenario
from tests.world import add_tenant, catalog, fresh_home, open_services
from tests.world import standins as quick_standins
from unified.models import UPSERT
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import UNLIMITED
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.records.calls.call import Call
from unified.service.records.expand import expand
from unified.service.records.opening import open_call
from unified.service.records.reading import getting, listing
from unified.service.records.writing import writing
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.transform.queries.query_reading import query_from_object
from unified_sandbox.app import Sandbox, create_sandbox
from unified_sandbox.standin import StandIn

Found = dict[str, Any]
MAX_PAGES = 400
PARENTS_TRIED = 60


class EveryProvider:
    """Asks for records as REST and the agent tools do, below their routing."""

    def __init__(
        self, services: Services, principal: Principal, accounts: dict[str, str], sandbox: Sandbox, control: httpx2.AsyncClient
    ) -> None:
        self.services = services
        self.principal = principal
        self.accounts = accounts
        self.control = control
        self.faults = sandbox.faults
        self._whole: dict[Subject, dict[str, Found]] = {}
        self._pool: dict[Subject, dict[str, Found]] = {}
        self._given: dict[Subject, dict[str, str]] = {}

    async def open(self, subject: Subject, method: str) -> Call:
        return await open_call(self.services, self.principal, self.accounts[subject.provider], subject.model, method)

    async def pages(self, subject: Subject, given: dict[str, Any]) -> list[list[Found]]:
        """The pages of one list, from the first to the last."""
        call = await self.open(subject, "list")
        query = query_from_object(given, call.mapping.model)
        found: list[list[Found]] = []
        while len(found) < MAX_PAGES:
            page = await listing.list_records(call, query)
            found.append(page.data)
            cursor = listing.next_cursor(call, page)
            if cursor is None:
                return found
            query = msgspec.structs.replace(query, cursor=cursor)
        raise AssertionError(f"{subject}: the list has no end within {MAX_PAGES} pages")

    async def read(self, subject: Subject, **asked: Any) -> list[Found]:
        """A list from end to end; filters are given as `**{"filter[name]": …}`."""
        given = {"limit": 200, **await self.given(subject), **asked}
        return [one for page in await self.pages(subject, given) for one in page]

    async def first(self, subject: Subject, **asked: Any) -> list[Found]:
        """The first page."""
        return await self._page(subject, {**await self.given(subject), **asked})

    async def _page(self, subject: Subject, given: dict[str, Any]) -> list[Found]:
        call = await self.open(subject, "list")
        return (await listing.list_records(call, query_from_object({"limit": 5, **given}, call.mapping.model))).data

    async def whole(self, subject: Subject) -> dict[str, Found]:
        """Everything that the list gives without filters, by id; read once."""
        if subject not in self._whole:
            self._whole[subject] = {one["id"]: one for one in await self.read(subject)}
        return self._whole[subject]

    async def pool(self, subject: Subject) -> dict[str, Found]:
        """Every record that is not deleted, also those that the plain list leaves out."""
        if subject not in self._pool:
            deleted = "include_deleted" in mapping(subject).list_calls.native_filters
            wide = await self.read(subject, include_deleted=True) if deleted else []
            self._pool[subject] = {one["id"]: one for one in wide if not one["is_deleted"]} | await self.whole(subject)
        return self._pool[subject]

    async def get(self, subject: Subject, record_id: str, **asked: Any) -> Found:
        call = await self.open(subject, "get")
        return await getting.get_record(call, record_id, query_from_object({**_path(subject), **asked}, call.mapping.model))

    async def create(self, subject: Subject, body: Found) -> Found:
        return await self._write(subject, writing.Write(method="create", body=body, path=_path(subject)))

    async def update(self, subject: Subject, record_id: str, body: Found) -> Found:
        return await self._write(subject, writing.Write(method="update", record_id=record_id, body=body, path=_path(subject)))

    async def upsert(self, subject: Subject, by: str, body: Found) -> writing.Written:
        write = writing.Write(method=UPSERT, by=by, body=body, path=_path(subject))
        return await writing.execute_write(await self.open(subject, UPSERT), write)

    async def delete(self, subject: Subject, record_id: str) -> None:
        await self._write(subject, writing.Write(method="delete", record_id=record_id, path=_path(subject)))

    async def _write(self, subject: Subject, write: writing.Write) -> Any:
        return (await writing.execute_write(await self.open(subject, write.method), write)).record

    async def expanded(self, subject: Subject, listed: list[Found], name: str) -> list[Found]:
        return await expand(await self.open(subject, "list"), listed, (name,))

    async def given(self, subject: Subject) -> dict[str, str]:
        """What a list of this model cannot do without: the object of the path, and the ids of parents."""
        if subject not in self._given:
            self._given[subject] = {**_path(subject), **await self._parents(subject)}
        return self._given[subject]

    async def _parents(self, subject: Subject) -> dict[str, str]:
        """The first parents under which there are several records; those of the scenario where no model is referred to."""
        names = parents(subject)
        noted = scenario(subject).get("list", {})
        noted = {**{f"filter[{name}]": one for name, one in noted.get("filter", {}).items()}, **noted}
        fixed = {f"filter[{name}]": str(noted[f"filter[{name}]"]) for name in names if not self._offered(subject, name)}
        free = [name for name in names if self._offered(subject, name)]
        if not free:
            return fixed
        candidates = [_spread(list(await self.whole(self._offered(subject, name)))) for name in free]
        best: dict[str, str] = fixed
        most = -1
        for ids in zip(*candidates, strict=False):
            tried = fixed | {f"filter[{name}]": one for name, one in zip(free, ids, strict=True)}
            count = len(await self._page(subject, _path(subject) | tried)) if most < 5 else -1
            if count > most:
                best, most = tried, count
        return best

    def _offered(self, subject: Subject, name: str) -> Subject | None:
        wanted = reference(subject, name)
        known = catalog().mappings()
        return Subject(provider=subject.provider, model=wanted) if (subject.provider, wanted) in known else None

    # the stand-ins' control surface

    async def reached(self, provider: str, since: int = 0) -> list[dict[str, Any]]:
        """The calls that arrived at a stand-in after the call number `since`."""
        return (await self.control.get("/_sandbox/requests", params={"provider": provider, "since": since})).json()["data"]

    async def mark(self) -> int:
        """The number of the last call that arrived anywhere."""
        seen = (await self.control.get("/_sandbox/requests")).json()["data"]
        return seen[-1]["n"] if seen else 0

    async def fail(self, provider: str, **fault: Any) -> None:
        """Let the provider's next call fail; a test that then makes none fails itself."""
        answer = await self.control.post("/_sandbox/faults", json={"provider": provider, "match": "*", "times": 1, **fault})
        assert answer.status_code == 201, answer.text

    def unused_faults(self) -> list[str]:
        """What was planted and hit no call; removed, so that the next test is not hit by it."""
        left = [f"{one.times} x {one.match} of {one.provider}, status {one.status}" for one in self.faults.planned]
        self.faults.planned.clear()
        return left


def _spread(ids: list[str]) -> list[str]:
    return ids[:: max(1, len(ids) // PARENTS_TRIED)]


def _path(subject: Subject) -> dict[str, str]:
    noted = scenario(subject).get("path", {})
    return {name: noted[name] for name in mapping(subject).model.path_parameters}


def standins() -> dict[str, StandIn]:
    """The stand-ins of all providers in the catalog."""
    known = set(catalog().providers())
    return {name: one for name, one in TESTED.standins().items() if name in known}


@asynccontextmanager
async def opened(through: Callable[[Any], Any] = lambda transport: transport) -> AsyncIterator[EveryProvider]:
    """A world of its own, with fresh data in its stand-ins; `through` may stand between the service and them."""
    sandbox = create_sandbox(quick_standins(*standins()), clock=lambda: CLOCK)
    urls = {name: f"http://127.0.0.1:9/{name}" for name in standins()}
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), provider_urls=urls, allow_loopback=True)
        transport = through(httpx2.ASGITransport(sandbox))
        async with fresh_home(Path(home)), open_services(settings, transport=transport) as services:
            tenant = await add_tenant(services, "conformance")
            accounts = {name: await _connect(services, tenant, name, one) for name, one in standins().items()}
            principal = Principal(tenant_id=tenant, key_id="key_test", role="admin", scope=UNLIMITED)
            control = httpx2.ASGITransport(sandbox, client=("127.0.0.1", 1))
            async with httpx2.AsyncClient(transport=control, base_url="http://127.0.0.1:9") as steering:
                yield EveryProvider(services, principal, accounts, sandbox, steering)


async def _connect(services: Services, tenant: str, name: str, standin: StandIn) -> str:
    # Without its refresh token: a refused call is looked at here, and would otherwise be made again with a new token.
    credentials = {key: value for key, value in standin.demo_credentials[0].items() if key != "refresh_token"}
    asked = NewAccount(provider=name, name=name, credentials=credentials, settings=dict(standin.demo_settings))
    return (await create_account(services, tenant, asked)).id
