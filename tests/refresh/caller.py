"""One of the processes of the refresh test: on each line `go N`, N callers ask for a usable token at once.

Run as `python -m tests.refresh.caller DATABASE_URL HOME SANDBOX_URL TENANT ACCOUNT`. Answers a line of JSON a round.
"""

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from unified import Catalog
from unified.app.assembly import assembled
from unified.errors.error import UnifiedError
from unified.service.accounts.grants import new_credentials
from unified.service.runtime.refreshes.token_refresher import Refresher
from unified.settings.settings import Settings
from unified.telemetry.logs import configure_logs


class Report(msgspec.Struct, kw_only=True):
    """What the callers of one round found."""

    waits: list[float]
    """Seconds until each caller had a token."""
    versions: list[int]
    """The different versions of the credentials that callers got."""
    failures: list[str]
    asked: float = 0.0
    """Seconds that the provider took for a token call of this process; 0 when another one made it."""


class Stopwatch:
    """The way to new credentials, with the time that it took."""

    def __init__(self, services) -> None:
        self._services, self._took = services, 0.0

    async def __call__(self, row):
        started = time.perf_counter()
        try:
            return await new_credentials(self._services, row)
        finally:
            self._took = time.perf_counter() - started

    def take(self) -> float:
        took, self._took = self._took, 0.0
        return took


async def main(url: str, home: str, sandbox: str, tenant: str, account: str) -> None:
    configure_logs()  # to standard error: standard output is for reports
    settings = Settings(home=Path(home), database_url=url, provider_urls={"zendesk": f"{sandbox}/zendesk"}, allow_loopback=True)
    async with assembled(settings, catalog=Catalog.load()) as opened:
        asked = Stopwatch(opened)
        services = msgspec.structs.replace(opened, refresher=Refresher(opened.database, opened.rows, asked))
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        _say(b"ready")
        while line := await reader.readline():
            report = await _round(services, tenant, account, int(line.split()[1]))
            report.asked = asked.take()
            _say(msgspec.json.encode(report))


async def _round(services, tenant: str, account: str, callers: int) -> Report:
    report = Report(waits=[], versions=[], failures=[])

    async def call() -> None:
        started = time.perf_counter()
        try:
            row = await services.rows.account(tenant, account)
            fresh = await services.refresher.fresh(row)
        except UnifiedError as problem:
            report.failures.append(f"{problem.code}: {problem.detail}")
            return
        report.waits.append(time.perf_counter() - started)
        if fresh.credentials_version not in report.versions:
            report.versions.append(fresh.credentials_version)

    await asyncio.gather(*(call() for _ in range(callers)))
    return report


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
