"""`make journeys`: the files, functions and calls of this project that five requests go through, warm and in process.

`python -m benchmarks.journeys FOLDER` prints those of another checkout beside them. The providers are the stand-ins, in a
process of their own; what the libraries, the server's protocol and the work between requests do is not counted.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import CodeType
from typing import Any, Final

import httpx2
import msgspec

from benchmarks.processes import free_port, process
from unified.app.application import create_app
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.access.key_config import NewKey
from unified.service.access.sessions import sign_in
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.settings.settings import Settings
from unified.store import tenants
from unified.telemetry.logs import configure_logs
from unified.vault.tokens import new_id
from unified_sandbox.registry import discover

PROVIDER: Final = "hubspot"
WARM: Final = 3
"""Times that a request is sent before it is counted."""
MONITORING: Final[Any] = getattr(sys, "monitoring", None)
"""Sees the functions that run; None before Python 3.12."""
ROOT: Final = Path.cwd()
FOLDERS: Final = (f"{ROOT}/unified/", f"{ROOT}/engine/")


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """What one request goes through."""

    files: int
    functions: int
    calls: int


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A running service, and what its callers need."""

    client: httpx2.AsyncClient
    account: str
    admin: str
    asking: str
    """A key whose writes wait for approval."""
    session: str
    mcp: str


Act = Callable[[World], Awaitable[httpx2.Response]]


async def list_contacts(world: World) -> httpx2.Response:
    """A warm list of records."""
    return await _send(world, "GET", "/crm/contacts", world.admin, account_id=world.account, limit="5")


async def ask_to_update(world: World) -> httpx2.Response:
    """A write that waits for approval."""
    record = (await list_contacts(world)).json()["data"][0]["id"]
    with counted_from_here():
        path, body = f"/crm/contacts/{record}", {"first_name": os.urandom(4).hex()}
        return await _send(world, "PATCH", path, world.asking, body, account_id=world.account)


async def show_approval(world: World) -> httpx2.Response:
    """The page on which a person decides."""
    approval = (await ask_to_update(world)).json()["approval"]["id"]
    with counted_from_here():
        headers = {"Cookie": f"__Host-unified={world.session}", "Accept": "text/html"}
        return await world.client.get(f"/ui/approvals/{approval}", headers=headers)


async def approve(world: World) -> httpx2.Response:
    """The decision, which makes the write."""
    approval = (await ask_to_update(world)).json()["approval"]
    with counted_from_here():
        return await _send(world, "POST", f"/approvals/{approval['id']}/approve", world.admin, {"digest": approval["digest"]})


async def list_over_mcp(world: World) -> httpx2.Response:
    """A list by an agent."""
    name, version = "list_crm_contacts", "2026-07-28"
    meta = {"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": name, "arguments": {"limit": 5}, "_meta": meta}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": version}
    headers |= {"Mcp-Method": "tools/call", "Mcp-Name": name}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return await world.client.post(f"/mcp/{world.mcp}", json=message, headers=headers)


JOURNEYS: Final[dict[str, Act]] = {
    "list": list_contacts,
    "held": ask_to_update,
    "page": show_approval,
    "approve": approve,
    "mcp": list_over_mcp,
}


async def _send(world: World, method: str, path: str, key: str, body: Any = None, **query: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return await world.client.request(method, path, params=query, json=body, headers=headers)


_SEEN: Counter[CodeType] = Counter()
_ASKED: Final = ContextVar("_ASKED", default=False)
"""Whether code runs for the request: the tasks that a request starts inherit it, and those that run beside all requests, such
as the writer of the audit trail, do not."""


@contextmanager
def counted_from_here() -> Iterator[None]:
    """Forget what was counted so far: only the block is the journey."""
    _SEEN.clear()
    yield


async def measured(world: World, act: Act) -> Journey:
    """Count one warm request. Raises RuntimeError if it is refused."""
    for _ in range(WARM):
        await act(world)
    with _monitored():
        _SEEN.clear()
        asked = _ASKED.set(True)
        answer = await act(world)
        _ASKED.reset(asked)
    if answer.status_code >= 400:
        raise RuntimeError(f"{act.__name__}: {answer.status_code} {answer.text[:300]}")
    own = {code: count for code, count in _SEEN.items() if code.co_filename.startswith(FOLDERS)}
    return Journey(files=len({code.co_filename for code in own}), functions=len(own), calls=sum(own.values()))


@contextmanager
def _monitored() -> Iterator[None]:
    def start(code: CodeType, _offset: int) -> None:
        if _ASKED.get():
            _SEEN[code] += 1

    tool, events = MONITORING.PROFILER_ID, MONITORING.events
    MONITORING.use_tool_id(tool, "journeys")
    MONITORING.register_callback(tool, events.PY_START, start)
    MONITORING.set_events(tool, events.PY_START)
    try:
        yield
    finally:
        MONITORING.set_events(tool, 0)
        MONITORING.free_tool_id(tool)


@asynccontextmanager
async def opened(folder: Path, sandbox: int) -> AsyncIterator[World]:
    """A service with one account at the stand-in behind a port."""
    urls = {PROVIDER: f"http://127.0.0.1:{sandbox}/{PROVIDER}"}
    settings = Settings(home=folder, provider_urls=urls, allow_loopback=True)
    app = create_app(settings, demo=True)
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="journeys")).id
        standin = discover(PROVIDER)[PROVIDER]
        asked = NewAccount(
            provider=PROVIDER, name="a", credentials=standin.demo_credentials[0], settings=dict(standin.demo_settings)
        )
        account = (await create_account(services, tenant, asked)).id
        _, admin = await create_key(services, tenant, NewKey(name="admin", role="admin", scope="unlimited"), maker=None)
        scope = {"methods": ["read", "write"], "writes": "approve"}
        _, asking = await create_key(services, tenant, NewKey(name="app", role="app", scope=scope), maker=None)
        config = ServerConfig(require_api_token_auth=False, methods=("read",))
        server = NewMcpServer(name="agent", account_ids=(account,), config=config)
        _, token, _ = await create_server(services, tenant, server, maker=None)
        session = await sign_in(services, admin)
    transport = httpx2.ASGITransport(app)  # type: ignore[arg-type]  # Litestar has narrower types for the same
    async with _running(app), httpx2.AsyncClient(transport=transport, base_url="https://127.0.0.1:8400") as client:
        yield World(client=client, account=account, admin=admin, asking=asking, session=session, mcp=token)


@asynccontextmanager
async def _running(app: Any) -> AsyncIterator[None]:
    """The application between its start and its end."""
    told, heard = asyncio.Queue[dict[str, str]](), asyncio.Queue[dict[str, str]]()
    running = asyncio.create_task(app({"type": "lifespan", "state": {}}, told.get, heard.put))
    for word in ("startup", "shutdown"):
        await told.put({"type": f"lifespan.{word}"})
        said = await heard.get()
        if not said["type"].endswith("complete"):
            raise RuntimeError(said.get("message", "the service did not start"))
        if word == "startup":
            yield
    await running


async def journeys() -> dict[str, Journey]:
    """Count every journey of this checkout."""
    port = free_port()
    command = (str(Path(sys.executable).parent / "unified"), "sandbox", PROVIDER, "--port", str(port))
    with tempfile.TemporaryDirectory() as folder, process(*command, port=port, on=range(os.cpu_count() or 1)):
        async with opened(Path(folder) / "home", port) as world:
            return {name: await measured(world, act) for name, act in JOURNEYS.items()}


def of_other(folder: Path) -> dict[str, Journey]:
    """Count every journey of another checkout, with this environment and this program."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "engine"), str(ROOT)))}
    program = "from benchmarks.journeys import main; main()"
    done = subprocess.run(
        (sys.executable, "-P", "-c", program, "--json"), cwd=folder, env=env, capture_output=True, text=True, check=True
    )
    return msgspec.json.decode(done.stdout, type=dict[str, Journey])


def main() -> None:
    """Print one line for each journey."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journeys", description=__doc__)
    parser.add_argument("base", type=Path, nargs="?")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        configure_logs(nowhere)
        found = asyncio.run(journeys())
    if asked.json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(found)))
        return
    before = {} if asked.base is None else of_other(asked.base)
    for name, one in found.items():
        rows = [one] if name not in before else [before[name], one]
        shown = " -> ".join(f"{row.files:4} files {row.functions:4} functions {row.calls:5} calls" for row in rows)
        sys.stdout.write(f"{name:8} {shown}\n")


if __name__ == "__main__":
    main()
