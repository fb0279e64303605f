"""The parts that every function of the service needs, assembled once by `create_app`."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from unified.service.runtime.audit_repeats import Repeats
from unified.service.runtime.audit_writer import AuditLog
from unified.service.runtime.client_addresses import ClientAddresses
from unified.service.runtime.closing import cut
from unified.service.runtime.credential_refusals import Refusals
from unified.service.runtime.failed_attempts import AllFailedAttempts
from unified.service.runtime.kept_outcomes import KeptOutcomes
from unified.service.runtime.rate_limits import RateLimits
from unified.service.runtime.refreshes.token_refresher import Refresher
from unified.service.runtime.row_cache import RowCache
from unified.settings.settings import Settings
from unified.store.engine.engine import Database
from unified.transform.catalog import Catalog
from unified.transport.client import Client
from unified.transport.oauth import TokenClient
from unified.vault.seal import Vault
from unified.vault.tokens import TokenDigests


class Lifecycle:
    """The state of one process, which only ever goes from serving to draining."""

    __slots__ = ("draining", "requests")

    def __init__(self) -> None:
        self.draining = False
        self.requests: set[asyncio.Task[Any]] = set()
        """The requests that are not answered yet."""

    def drain(self) -> None:
        """Stop new traffic: from now on `/ready` answers 503, and connections are not kept alive."""
        self.draining = True

    async def end_requests(self) -> None:
        """Wait for requests that the end of the grace period cut: their audit rows come before the audit log is closed."""
        await cut(tuple(self.requests))


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The assembled parts; it adds no state."""

    settings: Settings
    catalog: Catalog
    database: Database
    rows: RowCache
    refresher: Refresher
    refusals: Refusals
    vault: Vault
    digest: TokenDigests
    """Makes the digests by which tokens are stored and looked up."""
    client: Client
    tokens: TokenClient
    budgets: RateLimits
    audit: AuditLog
    repeats: Repeats
    addresses: ClientAddresses = msgspec.field(default_factory=ClientAddresses)
    attempts: AllFailedAttempts = msgspec.field(default_factory=AllFailedAttempts)
    outcomes: KeptOutcomes = msgspec.field(default_factory=KeptOutcomes)
    lifecycle: Lifecycle = msgspec.field(default_factory=Lifecycle)

    @property
    def clock(self) -> Callable[[], datetime]:
        """The one clock of the service, in UTC; it is the database's, so that rows are stamped and expire by the same one."""
        return self.database.clock
