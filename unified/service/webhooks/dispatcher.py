"""The webhook dispatcher: sends what is due in the outbox, in the background of each worker, and nothing twice at once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import msgspec

from unified.fair_queue import room_for
from unified.service.runtime.closing import JOBS_SECONDS, cut
from unified.service.runtime.services import Services
from unified.service.webhooks.delivery import DeliveryContext, deliver
from unified.store import deliveries, webhooks
from unified.store.deliveries import DeliveryRow, TenantRoom
from unified.store.engine.engine import Database
from unified.store.engine.failures import describe_failure
from unified.telemetry.loggers import get_logger
from unified.transport.webhook_client import check_webhook_url

log = get_logger("unified.webhooks")
Deliver = Callable[[DeliveryRow], Awaitable[object]]


class DispatcherLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one worker's dispatcher; times in seconds."""

    max_concurrency: int = 20
    """Deliveries that are being sent; those of one tenant are never so many that another finds no room (`may_take`)."""
    max_per_webhook: int = 4
    """Deliveries of these to one webhook."""
    lease: timedelta = timedelta(seconds=60)
    """Longer than one attempt can take; deliveries of a worker that died are due again after it."""
    poll_interval: float = 1.0
    """Between two looks at the outbox if nothing happens."""
    error_interval: float = 10.0
    """After the database failed."""
    purge_interval: float = 3600.0


class Dispatcher:
    """One worker's share in emptying the outbox."""

    def __init__(self, database: Database, deliver: Deliver, limits: DispatcherLimits | None = None) -> None:
        self._database = database
        self._deliver = deliver
        self._limits = limits or DispatcherLimits()
        self._running: dict[asyncio.Task[None], DeliveryRow] = {}
        self._stopping = asyncio.Event()
        self._purge_at = 0.0

    async def run(self) -> None:
        """Send until `stop` is called; after a failure of the database, try again after a pause."""
        while not self._stopping.is_set():
            try:
                await self.claim_due()
                await self._purge()
                pause = self._limits.poll_interval
            except Exception as problem:  # noqa: BLE001 - sending continues after any failure; the log names its kind
                log.warning("webhooks_paused", **describe_failure(problem), seconds=self._limits.error_interval)
                pause = self._limits.error_interval
            await self._wait(pause)

    async def claim_due(self) -> int:
        """Claim as many due deliveries as there is capacity for, and start to send them; return how many."""
        room = self._limits.max_concurrency - len(self._running)
        if room <= 0:
            return 0
        busy = {one.webhook_id for one in self._running.values()}
        held = Counter(one.tenant_id for one in self._running.values())
        sending = {tenant_id: room_for(count, room) for tenant_id, count in held.items()}
        taken = await deliveries.take_due(
            self._database,
            lease=self._limits.lease,
            room=room,
            each=self._limits.max_per_webhook,
            busy=busy,
            tenants=TenantRoom(others=room_for(0, room), sending=sending),
        )
        for delivery in taken:
            task = asyncio.create_task(self._send(delivery))
            self._running[task] = delivery
            task.add_done_callback(self._running.pop)
        return len(taken)

    def stop(self) -> None:
        """Claim no more; `run` ends immediately."""
        self._stopping.set()

    async def drain(self, grace: float) -> None:
        """Let running deliveries end within `grace` seconds; the rest is due again after its lease."""
        try:
            if self._running:
                await asyncio.wait(self._running, timeout=grace)
        finally:
            await cut(tuple(self._running))

    async def _send(self, delivery: DeliveryRow) -> None:
        try:
            await self._deliver(delivery)
        except Exception as problem:  # noqa: BLE001 - the delivery is due again after its lease; the log names the kind
            log.warning("webhook_not_settled", delivery_id=delivery.id, **describe_failure(problem))

    async def _wait(self, pause: float) -> None:
        """Wait until a delivery ended, a stop was requested, or `pause` seconds are over."""
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({stopping, *self._running}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()

    async def _purge(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._purge_at:
            self._purge_at = now + self._limits.purge_interval
            await deliveries.purge_old(self._database)
            await webhooks.forget_previous(self._database)


@contextlib.asynccontextmanager
async def running_dispatcher(services: Services, limits: DispatcherLimits | None = None) -> AsyncIterator[None]:
    """Send webhooks during the block; at its end, running deliveries have some time."""
    context = DeliveryContext(
        database=services.database,
        vault=services.vault,
        send=services.client.send_webhook,
        check_url=lambda url: check_webhook_url(url, services.settings),
    )
    dispatcher = Dispatcher(services.database, lambda taken: deliver(context, taken), limits)
    task = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        dispatcher.stop()
        await task
        await dispatcher.drain(JOBS_SECONDS)
