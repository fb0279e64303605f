"""Detects that an installation lost its database or its master keys.

An empty one in its place would look like a service that works, to which no one has a key, and would make a restored backup look
like the foreign one. So the start is refused before anything is created.
"""

from pathlib import Path

from unified.errors.configuration import ConfigurationError
from unified.service.maintenance.row_adoption import GUARDED_FILE
from unified.settings.settings import Settings
from unified.store.engine.engine import open_database
from unified.store.integrity.sealed import find_any
from unified.vault.key_file import KEY_FILE
from unified.vault.seal import key_of


async def refuse_lost_keys(settings: Settings) -> None:
    """Refuse to create the first master key of an installation that had one; call it only while there is none.

    Raises:
        ConfigurationError: A file in the home folder, or the database, says that there were keys.
    """
    file = settings.home / GUARDED_FILE
    said = f"{file} says that its database is in use" if file.exists() else await _sealed_already(settings.database_url)
    if said is not None:
        raise ConfigurationError(
            f"There are no master keys: UNIFIED_MASTER_KEYS is not set, {settings.home / KEY_FILE} does not exist, and {said}. "
            "No new key was created. Put the file back from a backup, or set the variable. If the keys are lost for good, run "
            "`unified keys new-master`, then `unified keys rotate --check`, which says what is lost with them."
        )


async def _sealed_already(url: str) -> str | None:
    database = await open_database(url)
    try:
        text = await find_any(database)
    finally:
        await database.close()
    return None if text is None else f"the database holds text that was sealed with the master key '{key_of(text) or '?'}'"


def refuse_empty(home: Path) -> None:
    """Refuse an empty database if the home folder says that the installation has one already.

    Raises:
        ConfigurationError: It does.
    """
    file = home / GUARDED_FILE
    if file.exists():
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: this database is empty, and {file} says that the one of this installation is in use. If it "
            "was lost, put it back from a backup; if the address is wrong, correct it. To begin with an empty database, and "
            "to lose all tenants, keys and accounts, remove that file and start again."
        )
