"""Two real processes over one database, in front of a stand-in whose refresh tokens are good for one use."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from tests.refresh.caller import Report
from tests.world import World, add_tenant, catalog
from unified.app.assembly import assembled
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.runtime.refreshes.refresh_times import margin
from unified.settings.settings import Settings
from unified.store import accounts
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover
from unified_sandbox.running import running
from unified_sandbox.tokens import Grant

ROOT = Path(__file__).parent.parent.parent
TOKEN_PATH = "/oauth/tokens"
LIFETIME_S = 2
"""Of an access token: it is due at half its life, so that rounds can follow each other."""


class Caller:
    """One process of callers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *arguments: str) -> "Caller":
        command = [sys.executable, "-m", "tests.refresh.caller", *arguments]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            limit=2**24,
        )
        assert await process.stdout.readline() == b"ready\n"
        return cls(process)

    def go(self, callers: int) -> None:
        self._process.stdin.write(b"go %d\n" % callers)

    async def report(self) -> Report | None:
        """What the round brought; None when the process died in it."""
        line = await self._process.stdout.readline()
        return msgspec.json.decode(line, type=Report) if line else None

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.communicate()

    async def stop(self) -> None:
        await self._process.communicate()


class RefreshWorld(World, kw_only=True):
    """The stand-in, the database and what starts a process."""

    account: str
    arguments: tuple[str, ...]
    started: list[Caller] = msgspec.field(default_factory=list)

    async def start(self) -> Caller:
        self.started.append(await Caller.start(*self.arguments))
        return self.started[-1]

    def calls(self) -> list[int | None]:
        """The statuses of the token calls so far."""
        return [one.status for one in self.sandbox.journal.seen if one.path == TOKEN_PATH]

    async def row(self):
        return await accounts.get(self.services.database, self.tenant, self.account)

    async def wait_until_due(self) -> None:
        """Wait until the token that the account has now is due for a refresh."""
        row = await self.row()
        left = row.credentials_expires_at - margin(row) - self.services.database.clock()
        await asyncio.sleep(max(left, timedelta()).total_seconds() + 0.05)

    async def reconnect(self) -> None:
        """Give the account a new grant, as its owner would."""
        patch = AccountPatch(credentials=self._credentials(), status="active")
        await update_account(self.services, self.tenant, self.account, patch)

    def _credentials(self) -> dict[str, str]:
        tokens = self.sandbox.lives["zendesk"].tokens
        refresh = tokens.issue_refresh(Grant(client_id="demo-client"))
        expired = self.services.database.clock() - timedelta(seconds=1)
        return {"type": "oauth2", "access_token": "expired", "refresh_token": refresh, "expires_at": expired.isoformat()}

    async def connect(self) -> None:
        asked = NewAccount(provider="zendesk", name="z", settings={"subdomain": "demo"}, credentials=self._credentials())
        self.account = (await create_account(self.services, self.tenant, asked)).id


@asynccontextmanager
async def world(url: str, home: Path, *, delay_ms: int):
    """Everything but the calling processes, for the time of the block."""
    sandbox = create_sandbox({"zendesk": discover()["zendesk"]})
    tokens = sandbox.lives["zendesk"].tokens
    tokens.rotate, tokens.lifetime_s, tokens.delay_ms = True, LIFETIME_S, delay_ms
    with running(sandbox) as sandbox_url:
        settings = Settings(
            home=home, database_url=url, provider_urls={"zendesk": f"{sandbox_url}/zendesk"}, allow_loopback=True
        )
        async with assembled(settings, catalog=catalog()) as services:
            tenant = await add_tenant(services)
            made = RefreshWorld(sandbox=sandbox, services=services, tenant=tenant, account="", arguments=())
            await made.connect()
            made.arguments = (url, os.fspath(home), sandbox_url, tenant, made.account)
            try:
                yield made
            finally:
                for one in made.started:
                    await one.kill()
