"""Rows of a database of an earlier version, taken over once, in the transaction that upgrades its tables.

Rows of version 0.1 get their first marks. Of rows that had marks, only what fits is marked again, with what marks cover now.
Credentials are bound to the settings and the connection that they are of.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names
from unified.service.runtime.sealing import seal_text
from unified.store import service_keys
from unified.store.engine.engine import Adopt
from unified.store.integrity.guarded import GUARDED
from unified.store.integrity.keyed import SERVICE
from unified.store.integrity.marks import adopt
from unified.store.integrity.sealed import CREDENTIALS, SERVICE_KEY, SealedText, find_other_within
from unified.store.maintenance.adoption import bind_credentials, widen
from unified.telemetry.loggers import get_logger
from unified.vault.errors import VaultError
from unified.vault.seal import Vault, key_of, key_of_mac
from unified.vault.tokens import TokenDigests, new_digest_key

GUARDED_FILE = "rows.guarded"
"""The file in UNIFIED_HOME that records that the rows of the database have marks, and the form of the marks."""
FORMS = ("0007", "0010")
"""The migrations since which rows are marked, and are marked as they are now; the file holds the number of the last one."""
DIGESTS = "token_digests"
"""The id of the key of token digests."""
log = get_logger("unified.guard")


def adoption(vault: Vault, home: Path) -> Adopt:
    """Return the function that takes over the rows of a database of an earlier version while it is upgraded.

    Anyone who may change tables could make a database look like one of an earlier version. So a file outside the database
    records the form of its marks; if they are newer, the function adopts nothing and raises ConfigurationError.
    """

    async def run(connection: Any, before: str) -> None:
        _refuse_again(home, before)
        await _require_keys(connection, vault)
        if before < FORMS[0]:
            key = new_digest_key()
            sealed = seal_text(vault, SERVICE_KEY, SERVICE, DIGESTS, key)
            await service_keys.add_within(connection, DIGESTS, sealed, datetime.now(UTC))
            count = await adopt(connection, TokenDigests(key).keyed)
        else:
            count = await widen(connection)
        log.warning("rows_adopted", count=count)
        await bind_credentials(connection, lambda old: _bound(vault, old))

    return run


def note_guarded(home: Path) -> None:
    """Record, outside the database, of which form its marks are; does nothing if the folder cannot be written."""
    file = home / GUARDED_FILE
    with contextlib.suppress(OSError):
        if home.is_dir() and not (file.exists() and file.read_text(encoding="ascii").strip() == FORMS[-1]):
            file.touch(mode=0o600)
            file.write_text(f"{FORMS[-1]}\n", encoding="ascii")


def _refuse_again(home: Path, before: str) -> None:
    file = home / GUARDED_FILE
    if not file.exists():
        return
    known = file.read_text(encoding="ascii").strip() or FORMS[0]
    if before < known:
        which, marks = ("version 0.1", "marks") if before < FORMS[0] else ("an earlier version", "newer marks")
        raise ConfigurationError(
            f"The database is one of {which}, and {file} says that its rows had {marks} already. If it is "
            "really that old, such as a backup, remove that file and start again. If not, someone changed the tables so "
            "that forged rows would be accepted: restore a backup."
        )


async def _require_keys(connection: Any, vault: Vault) -> None:
    """Require every master key of the rows: without it they could not be distinguished from forged ones, and would be lost.

    Raises:
        ConfigurationError: One is missing; the text names it.
    """
    for column in (CREDENTIALS, *GUARDED):
        text = await find_other_within(connection, column, vault.kids)
        kid = None if text is None else (key_of(text) or key_of_mac(text))
        if kid is not None:
            raise ConfigurationError(
                f"The database is of an earlier version, and {column.name} needs the master key '{kid}' to be upgraded; the "
                f"keys here are {known_names(vault.kids)}. Add that key to UNIFIED_MASTER_KEYS or the key file, and start "
                f"again. If it is lost, run `unified keys give-up {kid}` with the version that wrote the database, and upgrade "
                "then."
            )


def _bound(vault: Vault, old: SealedText) -> str | None:
    try:
        plain = vault.open(old.text, context=CREDENTIALS.place_of(old.tenant_id, old.row_id))
    except VaultError:
        return None
    return seal_text(vault, CREDENTIALS, old.tenant_id, old.row_id, plain, **old.bound)
