"""Prepares an installation before its first worker starts, and its tables before each use."""

from collections.abc import Iterator
from contextlib import contextmanager

from unified.errors.configuration import ConfigurationError, DatabaseUnavailable
from unified.service.maintenance.key_rotation import refuse_missing_keys
from unified.service.maintenance.losses import refuse_empty, refuse_lost_keys
from unified.service.maintenance.row_adoption import adoption, note_guarded
from unified.service.maintenance.row_guards import RowGuard, refuse_triggers, token_digests
from unified.settings.settings import Settings
from unified.store.engine.engine import migrate, open_database
from unified.store.engine.failures import ADVICE, GOES_ON, PASSING, UNKNOWN, causes, failure_reason
from unified.store.tenants import list_page
from unified.vault.keys import has_keys
from unified.vault.seal import Vault, open_vault


async def prepare(settings: Settings) -> bool:
    """Prepare the installation once, before the first worker starts: key file, tables, digest key, check for missing keys.

    Returns whether it has a tenant: without one, no one can call it.

    Raises:
        ConfigurationError: With the kind of failure only; a driver's own text may hold the database's address.
    """
    vault = await open_own_vault(settings)
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


async def open_own_vault(settings: Settings) -> Vault:
    """Return the vault; its first master key is created only for an installation that never had one.

    Raises:
        ConfigurationError: The installation lost its keys, they cannot be loaded, or the database cannot be opened.
    """
    if not has_keys(settings):
        with _database_refusals():
            await refuse_lost_keys(settings)
    return open_vault(settings)


async def migrate_database(settings: Settings, vault: Vault, guard: RowGuard) -> None:
    """Bring the tables up to date, for the server and for each command.

    Raises:
        ConfigurationError: With the kind of failure only; a driver's own text may hold the database's address.
    """
    with _database_refusals():
        await migrate(
            settings.database_url, guard=guard, adopt=adoption(vault, settings.home), begin=lambda: refuse_empty(settings.home)
        )
        note_guarded(settings.home)


@contextmanager
def _database_refusals() -> Iterator[None]:
    """Say in our words, and with what to do, that the database could not be opened."""
    try:
        yield
    except ConfigurationError:
        raise
    except Exception as fault:  # noqa: BLE001 - drivers have errors of many roots
        *_, first = causes(fault)
        reason = failure_reason(fault) or UNKNOWN
        kind = type(first).__name__ if reason == UNKNOWN else reason
        advice = ADVICE[reason].replace(GOES_ON, ", then start it again")
        refusal = DatabaseUnavailable if reason in PASSING else ConfigurationError
        raise refusal(
            f"UNIFIED_DATABASE_URL: the database could not be opened and brought up to date ({kind}): {advice}"
        ) from None
