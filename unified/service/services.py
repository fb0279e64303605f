"""What every function of the service needs, put together once by `create_app`."""

import msgspec

from unified.service.attempts import AllAttempts
from unified.service.audit_log import AuditLog
from unified.service.audit_repeats import Repeats
from unified.service.budgets import Budgets
from unified.service.lifecycle import Lifecycle
from unified.service.refresh import Refresher
from unified.service.refusals import Refusals
from unified.service.rows import Rows
from unified.settings import Settings
from unified.store.engine import Database
from unified.transform.library import Catalog
from unified.transport.client import Client
from unified.transport.oauth import TokenClient
from unified.vault.seal import Vault
from unified.vault.tokens import TokenDigests


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The parts, assembled; holds no state of its own."""

    settings: Settings
    catalog: Catalog
    database: Database
    rows: Rows
    refresher: Refresher
    refusals: Refusals
    vault: Vault
    digest: TokenDigests
    """By what tokens are stored and looked up."""
    client: Client
    tokens: TokenClient
    budgets: Budgets
    audit: AuditLog
    repeats: Repeats
    attempts: AllAttempts = msgspec.field(default_factory=AllAttempts)
    lifecycle: Lifecycle = msgspec.field(default_factory=Lifecycle)
