"""The guard of the rows that decide about access, and the key of token digests, both derived from the master keys.

A row that was not written by this service does not exist for its reader. It is reported in the log and in its tenant's audit,
at intervals and not for each request, so that no one can fill either with it.
"""

import secrets
import time
from datetime import UTC, datetime

from unified.errors.configuration import ConfigurationError
from unified.service.audit.events import OWN, known_form
from unified.service.maintenance.row_adoption import DIGESTS
from unified.service.runtime.audit_writer import AuditLog
from unified.service.runtime.sealing import open_text, seal_text
from unified.store import service_keys
from unified.store.audit_chain import AuditEntry
from unified.store.engine.engine import Database
from unified.store.engine.guard import Place
from unified.store.integrity.keyed import SERVICE
from unified.store.integrity.sealed import SERVICE_KEY
from unified.store.integrity.triggers import Foreign, list_foreign
from unified.telemetry.loggers import get_logger
from unified.vault.errors import SealBroken, UnknownKey
from unified.vault.seal import Vault
from unified.vault.tokens import TokenDigests, new_digest_key

FORGED = "row_forged"
"""The reason of a row with a mark that does not fit."""
METHOD = "rows.check"
REPEAT_SECONDS = 600.0
"""How long a row is not reported again."""
MAX_REPORTED = 60
"""Rows that one process reports in that time."""
log = get_logger("unified.guard")


class RowGuard:
    """Marks rows with the vault's current key, and verifies marks of all of its keys."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._reported: dict[tuple[str, str], float] = {}
        self.audit: AuditLog | None = None
        """The log in which rows that do not fit are reported, once it runs."""

    def mark(self, place: Place, content: bytes) -> str:
        """Return the MAC of a row's content."""
        return self._vault.mac(content, context=place)

    def fits(self, place: Place, content: bytes, mac: object) -> bool:
        """Return whether this is the MAC of this content at this place."""
        return isinstance(mac, str) and all(place) and self._vault.fits(mac, content, context=place)

    def refuse(self, table: str, tenant_id: object, row_id: object) -> None:
        """Report a row that does not fit, unless it was reported within `REPEAT_SECONDS`."""
        now = time.monotonic()
        self._reported = {row: until for row, until in self._reported.items() if until > now}
        row = (table, str(row_id))
        if row in self._reported or len(self._reported) >= MAX_REPORTED:
            return
        self._reported[row] = now + REPEAT_SECONDS
        log.error("row_forged", table=table, tenant=tenant_id)
        if self.audit is not None and isinstance(tenant_id, str):
            self.audit.enqueue(tenant_id, [_entry(str(row_id))])


def _entry(row_id: str) -> AuditEntry:
    target = known_form(row_id)
    return AuditEntry(
        id=f"aud_{secrets.token_hex(16)}",
        created_at=datetime.now(UTC),
        actor=OWN,
        kind="refusal",
        method=METHOD,
        account_id=target if target is not None and target.startswith("acc_") else None,
        target=target,
        decision="denied",
        reason=FORGED,
    )


async def refuse_triggers(database: Database) -> None:
    """Refuse a database in which something could change rows of a guarded table while they are written.

    Raises:
        ConfigurationError: there is a trigger or a rule; the text names it.
    """
    objects = await list_foreign(database)
    if objects:
        raise ConfigurationError(
            f"{'; '.join(described(one) for one in objects)}. This service creates no triggers and no rules, and one could "
            "change rows that decide about access: find out who created it, drop it, then look for rows that it changed with "
            "`unified keys rotate --check`."
        )


def described(foreign: Foreign) -> str:
    """Return what was found where, in words."""
    return f"the table {foreign.table} has the {foreign.kind} {foreign.name!r}"


async def token_digests(database: Database, vault: Vault, *, strict: bool = True) -> TokenDigests:
    """Return the digests of this installation; the first process to get here creates their key.

    Without `strict`, which is for the commands that repair the key, a key that cannot be decrypted is replaced by another
    one, so that no token is recognised.

    Raises:
        ConfigurationError: the key cannot be decrypted.
    """
    sealed = await service_keys.get(database, DIGESTS)
    if sealed is None:
        if await service_keys.has_tokens(database):
            log.error("digest_key_missing")
        await service_keys.add(database, DIGESTS, _sealed(vault, new_digest_key()))
        sealed = await service_keys.get(database, DIGESTS)
    try:
        return TokenDigests(open_text(vault, SERVICE_KEY, SERVICE, DIGESTS, sealed or ""))
    except (SealBroken, UnknownKey) as problem:
        if not strict:
            return TokenDigests(new_digest_key())
        raise ConfigurationError(
            f"{SERVICE_KEY.name} does not open: {problem} First check that the master keys are those of this database: a key "
            "with the same id and other content opens nothing. If they are, put the row back from a backup. Only without one, "
            "delete it: a new one is made at the next start, and every API key, MCP server and session must be made again."
        ) from None


def _sealed(vault: Vault, key: bytes) -> str:
    return seal_text(vault, SERVICE_KEY, SERVICE, DIGESTS, key)
