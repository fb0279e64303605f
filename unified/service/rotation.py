"""Rotation of the master keys: what another key than the current one sealed is sealed again, while the service runs."""

from collections.abc import Callable
from typing import Literal

import msgspec

from unified.errors import ConfigurationError, known_names
from unified.service.events import account_event
from unified.store.engine import Database
from unified.store.sealed import (
    SEALED,
    Resealed,
    SealedColumn,
    SealedText,
    count_by_key,
    find_other,
    give_up,
    list_texts,
    replace_texts,
)
from unified.store.unreadable import give_up_credentials
from unified.vault.errors import VaultError
from unified.vault.seal import Vault, key_of

BATCH = 100
"""Texts that are replaced in one transaction: other writers wait for milliseconds at most."""
MOST_FOREIGN_KEYS = 50
KeyState = Literal["current", "old", "missing", "unreadable"]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many texts of one column one key sealed."""

    column: str
    key: str
    """The key's id; empty for text of no known form."""
    state: KeyState
    rows: int


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass did."""

    resealed: int = 0
    changed: int = 0
    """Replaced by the service meanwhile, and left alone."""
    unreadable: int = 0
    """Text that does not open; its accounts are marked when they are called next."""


Progress = Callable[[str, int], None]
"""Told the column and how many of its texts were looked at in a batch."""


async def count_sealed(database: Database, vault: Vault) -> list[Count]:
    """Every sealed text, counted by column and key."""
    return [one for column in SEALED for one in await _counts(database, vault, column)]


async def _counts(database: Database, vault: Vault, column: SealedColumn) -> list[Count]:
    kids = list(vault.kids)
    while len(kids) < len(vault.kids) + MOST_FOREIGN_KEYS:
        kid = key_of(await find_other(database, column, kids) or "")
        if kid is None:
            break
        kids.append(kid)
    found = await count_by_key(database, column, kids)
    return [Count(column=column.name, key=kid, state=_state(vault, kid), rows=rows) for kid, rows in sorted(found.items())]


def _state(vault: Vault, kid: str) -> KeyState:
    if not kid:
        return "unreadable"
    if kid not in vault.kids:
        return "missing"
    return "current" if kid == vault.kids[0] else "old"


async def refuse_missing_keys(database: Database, vault: Vault) -> None:
    """Raise ConfigurationError when the database holds text of a key that is not there: its accounts could not call.

    One query a column; text of no known form is no reason not to start, it marks its account when it is used.
    """
    for column in SEALED:
        kid = key_of(await find_other(database, column, vault.kids) or "")
        if kid is not None:
            raise ConfigurationError(
                f"{column.name} holds text that was sealed with the master key '{kid}', and the keys here are "
                f"{known_names(vault.kids)}. Add that key to UNIFIED_MASTER_KEYS or the key file; "
                f"`unified keys rotate --check` counts what needs it. If it is lost: unified keys give-up {kid}"
            )


async def rotate(database: Database, vault: Vault, progress: Progress, *, batch: int = BATCH) -> Rotated:
    """Seal with the current key what other keys sealed. Cut off at any point, the next run goes on with what is left.

    Raises ConfigurationError when a key that is needed is missing.
    """
    await refuse_missing_keys(database, vault)
    done = Rotated()
    for column in SEALED:
        after = None
        while texts := await list_texts(database, column, current=vault.kids[0], after=after, limit=batch):
            resealed = [one for one in (_resealed(vault, column, text) for text in texts) if one is not None]
            replaced = await replace_texts(database, column, resealed)
            done = Rotated(
                resealed=done.resealed + replaced,
                changed=done.changed + len(resealed) - replaced,
                unreadable=done.unreadable + len(texts) - len(resealed),
            )
            progress(column.name, len(texts))
            after = texts[-1]
    return done


def _resealed(vault: Vault, column: SealedColumn, text: SealedText) -> Resealed | None:
    try:
        again = vault.reseal(text.text, context=column.context(text.tenant_id, text.row_id))
    except VaultError:
        return None
    return Resealed(old=text, text=again)


async def give_up_key(database: Database, vault: Vault, kid: str) -> dict[str, int]:
    """Drop what only a lost key opens, and mark its accounts: column → rows. ConfigurationError for a key that is here."""
    if kid in vault.kids:
        raise ConfigurationError(
            f"The master key '{kid}' is here, and what it sealed opens; to replace it: unified keys rotate"
        )
    return {column.name: await _give_up(database, column, kid) for column in SEALED}


async def _give_up(database: Database, column: SealedColumn, kid: str) -> int:
    if column.lost != "mark":
        return await give_up(database, column, kid)
    now = database.clock()
    return await give_up_credentials(database, kid, lambda row: account_event("account.needs_reauth", row, now))
