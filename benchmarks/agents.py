"""`make bench-agents`: what a tool call costs against the REST call of the same page, over a socket.

One run, interleaved rounds, figures as ratios: absolute times are of this machine. The provider and the load run in other
processes. A call over MCP does the same work and checks arguments, cleans and bounds the result, and says it twice: as
structured content and as text.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.load import Figures, drive_requests, getting
from benchmarks.run import free_port, process
from unified.app import assembled
from unified.service.access.api_keys import create_key
from unified.service.access.key_config import NewKey
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.mcp_servers.servers import create_server
from unified.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id

ROUNDS = 5
PER_ROUND = int(os.environ.get("BENCH_REQUESTS", "100"))
RECORDS = 20
TOOL = "list_crm_contacts"
REST = "REST: GET /crm/contacts"
MODERN, LEGACY = "2026-07-28", "2025-11-25"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
OUT = Console(width=110)


async def provision(settings: Settings) -> tuple[str, str, str]:
    """An API key, an account and the token of an MCP server."""
    asked = NewAccount(provider="hubspot", name="bench", credentials={"type": "bearer", "token": "bench-token-0000"})
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="bench")).id
        _, key = await create_key(services, tenant, NewKey(name="bench", role="admin", scope="unlimited"), maker=None)
        account = (await create_account(services, tenant, asked)).id
        config = ServerConfig(require_api_token_auth=False)
        wanted = NewMcpServer(name="bench", account_ids=(account,), config=config)
        _, token, _ = await create_server(services, tenant, wanted, maker=None)
        return key, account, token


def posting(path: str, body: object, **headers: str) -> bytes:
    content = msgspec.json.encode(body)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"Content-Length: {len(content)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def rpc(token: str, era: str, method: str, **params: object) -> bytes:
    """One message of a revision."""
    if era == LEGACY:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return posting(f"/mcp/{token}", body, MCP_Protocol_Version=era)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
    name = {"Mcp_Name": str(params["name"])} if "name" in params else {}
    return posting(f"/mcp/{token}", body, MCP_Protocol_Version=era, Mcp_Method=method, **name)


def asked(key: str, account: str, token: str) -> dict[str, bytes]:
    """What is measured, the base first."""
    arguments = {"limit": RECORDS}
    tool = {"account_id": account, "arguments": arguments}
    return {
        REST: getting(f"/crm/contacts?account_id={account}&limit={RECORDS}", key),
        f"REST: POST /tools/{TOOL}": posting(f"/tools/{TOOL}", tool, Authorization=f"Bearer {key}"),
        f"MCP {MODERN}: tools/call": rpc(token, MODERN, "tools/call", name=TOOL, arguments=arguments),
        f"MCP {LEGACY}: tools/call": rpc(token, LEGACY, "tools/call", name=TOOL, arguments=arguments),
        f"MCP {MODERN}: tools/list": rpc(token, MODERN, "tools/list"),
    }


def measure(port: int, request: bytes, service: object, *, at_once: int = 1) -> tuple[Figures, float]:
    """Figures of one round and the service's processor time a request in ms."""
    before = service.cpu_times()
    figures = asyncio.run(drive_requests(port, [request], count=PER_ROUND, at_once=at_once))
    after = service.cpu_times()
    return figures, (after.user + after.system - before.user - before.system) * 1000 / figures.requests


def compare(service: object, port: int, requests: dict[str, bytes], *, at_once: int) -> None:
    found: dict[str, list[tuple[Figures, float]]] = {name: [] for name in requests}
    for number in range(ROUNDS + 1):
        for name, request in requests.items():
            round_ = measure(port, request, service, at_once=at_once)
            if number:  # the first warms up
                found[name].append(round_)
    heads = ("what", "p50 ms", "times REST", "processor ms", "times REST", "requests/s")
    table = Table(*heads, title=f"{RECORDS} records, {at_once} at once")
    middle = {name: statistics.median(one.p50_ms for one, _ in rounds) for name, rounds in found.items()}
    work = {name: statistics.median(cpu for _, cpu in rounds) for name, rounds in found.items()}
    for name, rounds in found.items():
        table.add_row(
            name,
            f"{middle[name]:.2f}",
            f"{middle[name] / middle[REST]:.2f}",
            f"{work[name]:.2f}",
            f"{work[name] / work[REST]:.2f}",
            f"{statistics.median(one.per_second for one, _ in rounds):.0f}",
        )
    OUT.print(table)


def main() -> None:
    provider_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as home:
        key, account, token = asyncio.run(provision(Settings(home=Path(home))))
        env = {
            "UNIFIED_HOME": home,
            "UNIFIED_PORT": str(port),
            "UNIFIED_ALLOW_LOOPBACK": "true",
            **{f"UNIFIED_RATE_LIMIT_{name}": "unlimited" for name in ("KEY", "ACCOUNT", "TENANT")},
            "UNIFIED_PROVIDER_URLS": f'{{"hubspot": "http://127.0.0.1:{provider_port}"}}',
        }
        with (
            process(sys.executable, "-m", "benchmarks.provider", str(provider_port), port=provider_port),
            process(str(Path(sys.executable).parent / "unified"), "serve", port=port, **env) as service,
        ):
            for at_once in (1, 16):
                compare(service, port, asked(key, account, token), at_once=at_once)


if __name__ == "__main__":
    main()
