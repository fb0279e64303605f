"""What is done to an installation before its first worker starts, and its tables before each use."""

from unified.errors.configuration import ConfigurationError
from unified.service.maintenance.key_rotation import refuse_missing_keys
from unified.service.maintenance.row_guards import RowGuard, adoption, note_guarded, refuse_triggers, token_digests
from unified.settings.settings import Settings
from unified.store.engine import migrate, open_database
from unified.store.failures import ADVICE, UNKNOWN, causes, failure_reason
from unified.store.tenants import list_page
from unified.vault.seal import Vault, open_vault


async def prepare(settings: Settings) -> bool:
    """Prepare the installation once, before the first worker starts: key file, tables, digest key, check for missing keys.

    Returns whether it has a tenant: without one, no one can call it.

    Raises:
        ConfigurationError: With the kind of failure only; a driver's own text may hold the database's address.
    """
    vault = open_vault(settings)
    if settings.redis_url:
        from unified.transport.redis_link import connect  # noqa: PLC0415 - its client takes 0.1 s and 10 MiB

        connect(settings.redis_url)  # so that a wrong option is refused here, and not by each worker
    guard = RowGuard(vault)
    await migrate_database(settings, vault, guard)
    database = await open_database(settings.database_url, guard=guard)
    try:
        await refuse_missing_keys(database, vault)
        await refuse_triggers(database)
        await token_digests(database, vault)
        return bool((await list_page(database, limit=1)).items)
    finally:
        await database.close()


async def migrate_database(settings: Settings, vault: Vault, guard: RowGuard) -> None:
    """Bring the tables up to date, for the server and for each command.

    Raises:
        ConfigurationError: With the kind of failure only; a driver's own text may hold the database's address.
    """
    try:
        await migrate(settings.database_url, guard=guard, adopt=adoption(vault, settings.home))
        note_guarded(settings.home)
    except ConfigurationError:
        raise
    except Exception as fault:  # noqa: BLE001 - drivers have errors of many roots
        *_, first = causes(fault)
        reason = failure_reason(fault) or UNKNOWN
        kind, advice = type(first).__name__ if reason == UNKNOWN else reason, ADVICE[reason]
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: the database could not be opened and brought up to date ({kind}): {advice}"
        ) from None
