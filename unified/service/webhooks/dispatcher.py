"""Sends what waits in the outbox, in the background of each worker: some at once, none twice at the same time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import msgspec
import structlog

from unified.service.runtime.services import Services
from unified.service.webhooks.delivery import DeliveryContext, deliver
from unified.store import deliveries, webhooks
from unified.store.deliveries import DeliveryRow
from unified.store.engine import Database
from unified.transport.webhook_client import check_webhook_url

log = structlog.get_logger("unified.webhooks")
Deliver = Callable[[DeliveryRow], Awaitable[object]]


class SenderLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one worker's sender; times in seconds."""

    at_once: int = 20
    """Deliveries on their way."""
    each: int = 4
    """Of these, to one webhook."""
    lease: timedelta = timedelta(seconds=60)
    """For one attempt, longer than it can take; deliveries of a worker that died are due again after it."""
    poll: float = 1.0
    """Between two looks at the outbox when nothing happens."""
    pause: float = 10.0
    """After the database failed."""
    purge_every: float = 3600.0


class Dispatcher:
    """One worker's part in emptying the outbox."""

    def __init__(self, database: Database, deliver: Deliver, limits: SenderLimits | None = None) -> None:
        self._database = database
        self._deliver = deliver
        self._limits = limits or SenderLimits()
        self._running: dict[asyncio.Task[None], str] = {}
        self._stopping = asyncio.Event()
        self._purge_at = 0.0

    async def run(self) -> None:
        """Send until `stop` is called; a database that fails is asked again after a pause."""
        while not self._stopping.is_set():
            try:
                await self.begin()
                await self._purge()
                pause = self._limits.poll
            except Exception as problem:  # noqa: BLE001 - whatever fails, sending goes on; the log says what kind it was
                log.warning("webhooks_paused", kind=type(problem).__name__, seconds=self._limits.pause)
                pause = self._limits.pause
            await self._wait(pause)

    async def begin(self) -> int:
        """Take as much of what is due as there is room for, and begin to send it; how much that was."""
        room = self._limits.at_once - len(self._running)
        if room <= 0:
            return 0
        busy = set(self._running.values())
        taken = await deliveries.take_due(
            self._database, lease=self._limits.lease, room=room, each=self._limits.each, busy=busy
        )
        for one in taken:
            task = asyncio.create_task(self._send(one))
            self._running[task] = one.webhook_id
            task.add_done_callback(self._running.pop)
        return len(taken)

    def stop(self) -> None:
        """Take no more; `run` ends at once."""
        self._stopping.set()

    async def drain(self, grace: float) -> None:
        """Let what is on its way end within `grace` seconds; the rest is due again after its lease."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _send(self, one: DeliveryRow) -> None:
        try:
            await self._deliver(one)
        except Exception as problem:  # noqa: BLE001 - the delivery is due again after its lease; the log says what it was
            log.warning("webhook_not_settled", delivery_id=one.id, kind=type(problem).__name__)

    async def _wait(self, pause: float) -> None:
        """Until something was sent, so that there is room again, or a stop is asked for, or the pause is over."""
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({stopping, *self._running}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()

    async def _purge(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._purge_at:
            self._purge_at = now + self._limits.purge_every
            await deliveries.purge_old(self._database)
            await webhooks.forget_previous(self._database)


@contextlib.asynccontextmanager
async def running_dispatcher(services: Services, limits: SenderLimits | None = None) -> AsyncIterator[None]:
    """Send webhooks for the time of the block; what is on its way at its end may end within the grace period."""
    courier = DeliveryContext(
        database=services.database,
        vault=services.vault,
        send=services.client.send_webhook,
        check_url=lambda url: check_webhook_url(url, services.settings),
    )
    sender = Dispatcher(services.database, lambda taken: deliver(courier, taken), limits)
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        sender.stop()
        await task
        await sender.drain(services.settings.grace_period)
