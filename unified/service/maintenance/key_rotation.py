"""Rotation of the master keys: what another key than the current one sealed or marked is sealed and marked again.

The service may run meanwhile.
"""

from collections import Counter
from collections.abc import Callable
from typing import Literal

import msgspec

from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names
from unified.errors.requests import NotFound
from unified.service.runtime.events import account_event
from unified.store.engine.engine import Database
from unified.store.integrity.guarded import GUARDED, Guarded
from unified.store.integrity.keyed import SEALED_FORM, KeyedColumn
from unified.store.integrity.marks import count_unfit, give_up_marks, remark
from unified.store.integrity.sealed import (
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
from unified.store.maintenance.credential_loss import give_up_credentials
from unified.vault.errors import VaultError
from unified.vault.seal import Vault, key_of, key_of_mac

BATCH_SIZE = 100
"""Texts that are replaced in one transaction: other writers wait for milliseconds at most."""
MAX_FOREIGN_KEYS = 50
KEYED: tuple[KeyedColumn, ...] = (*SEALED, *GUARDED)
KeyState = Literal["current", "old", "missing", "unreadable"]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many texts of one column one key made: sealed text, or marks of rows (`….mac`)."""

    column: str
    key: str
    """The key's id; empty for text of unknown form."""
    state: KeyState
    rows: int


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one pass."""

    resealed: int = 0
    marked: int = 0
    """Rows that were marked again."""
    changed: int = 0
    """Replaced by the service meanwhile, and left unchanged."""
    unreadable: int = 0
    """Text that cannot be decrypted, which marks its account at the next call; and marks that do not fit their rows."""

    def plus(self, more: "Rotated") -> "Rotated":
        """Return the sum of both."""
        return Rotated(**{name: getattr(self, name) + getattr(more, name) for name in self.__struct_fields__})


Progress = Callable[[str, int], None]
"""Called with a column and how many of its texts a batch processed."""


async def count_sealed(database: Database, vault: Vault) -> list[Count]:
    """Return the number of sealed texts and of marks of rows, by column and key."""
    return [one for column in KEYED for one in await _counts(database, vault, column)]


async def count_unmarked(database: Database) -> dict[str, Counter[str]]:
    """Return, by table, how many rows no query finds because their mark is missing or does not fit; only tables with any.

    They are counted by the key that the mark names. Rotation does not repair such a row.
    """
    counts = {guarded.table.name: await count_unfit(database, guarded) for guarded in GUARDED}
    return {table: by_key for table, by_key in counts.items() if by_key}


def _key_of(column: KeyedColumn, text: str | None) -> str | None:
    return (key_of if column.form == SEALED_FORM else key_of_mac)(text or "")


async def _counts(database: Database, vault: Vault, column: KeyedColumn) -> list[Count]:
    kids = list(vault.kids)
    while len(kids) < len(vault.kids) + MAX_FOREIGN_KEYS:
        kid = _key_of(column, await find_other(database, column, kids))
        if kid is None:
            break
        kids.append(kid)
    rows_by_key = await count_by_key(database, column, kids)
    return [
        Count(column=column.name, key=kid, state=_state(vault, kid), rows=rows) for kid, rows in sorted(rows_by_key.items())
    ]


def _state(vault: Vault, kid: str) -> KeyState:
    if not kid:
        return "unreadable"
    if kid not in vault.kids:
        return "missing"
    return "current" if kid == vault.kids[0] else "old"


async def refuse_missing_keys(database: Database, vault: Vault) -> None:
    """Refuse to start with a database that holds text of a missing key: its accounts could not call.

    It takes one query for each column. Text of unknown form does not prevent the start: it marks its account when it is used.

    Raises:
        ConfigurationError: a key is missing; the text names it.
    """
    for column in KEYED:
        kid = _key_of(column, await find_other(database, column, vault.kids))
        if kid is not None:
            verb = "sealed" if column.form == SEALED_FORM else "made"
            raise ConfigurationError(
                f"{column.name} holds text that was {verb} with the master key '{kid}', and the keys here are "
                f"{known_names(vault.kids)}. Add that key to UNIFIED_MASTER_KEYS or the key file; "
                f"`unified keys rotate --check` counts what needs it. If it is lost: unified keys give-up {kid}"
            )


async def rotate(database: Database, vault: Vault, progress: Progress, *, batch: int = BATCH_SIZE) -> Rotated:
    """Seal and mark with the current key what other keys did; after an interruption, the next run continues with the rest.

    Raises:
        ConfigurationError: a key that is needed is missing.
    """
    await refuse_missing_keys(database, vault)
    done = Rotated()
    for column in SEALED:
        done = done.plus(await _seal_again(database, vault, column, progress, batch))
    for guarded in GUARDED:
        done = done.plus(await _mark_again(database, vault, guarded, progress, batch))
    return done


async def _seal_again(database: Database, vault: Vault, column: SealedColumn, progress: Progress, batch: int) -> Rotated:
    done, after = Rotated(), None
    while texts := await list_texts(database, column, current=vault.kids[0], after=after, limit=batch):
        resealed = [one for one in (_resealed(vault, column, text) for text in texts) if one is not None]
        replaced = await replace_texts(database, column, resealed)
        changed, unreadable = len(resealed) - replaced, len(texts) - len(resealed)
        done = done.plus(Rotated(resealed=replaced, changed=changed, unreadable=unreadable))
        progress(column.name, len(texts))
        after = texts[-1]
    return done


async def _mark_again(database: Database, vault: Vault, guarded: Guarded, progress: Progress, batch: int) -> Rotated:
    done, after = Rotated(), None
    while True:
        batch_done = await remark(database, guarded, current=vault.kids[0], after=after, limit=batch)
        if batch_done.last is None:
            return done
        done = done.plus(Rotated(marked=batch_done.replaced, changed=batch_done.changed, unreadable=batch_done.unfit))
        progress(guarded.name, batch_done.replaced + batch_done.changed + batch_done.unfit)
        after = batch_done.last


def _resealed(vault: Vault, column: SealedColumn, text: SealedText) -> Resealed | None:
    try:
        again = vault.reseal(text.text, context=column.context(text.tenant_id, text.row_id, **text.bound))
    except VaultError:
        return None
    return Resealed(old=text, text=again)


async def give_up_key(database: Database, vault: Vault, kid: str) -> dict[str, int]:
    """Drop what only a lost key can decrypt or verify, and mark its accounts; return the number of rows by column.

    Rows that the key marked are deleted, because it is no longer known who wrote them; tenants stay without their return
    origins, and accounts without their credentials.

    Raises:
        ConfigurationError: the key is not lost.
        NotFound: nothing needs such a key; the message names those that are needed.
    """
    if kid in vault.kids:
        raise ConfigurationError(
            f"The master key '{kid}' is here, and what it sealed opens; to replace it: unified keys rotate"
        )
    needed = {one.key for one in await count_sealed(database, vault)}
    if kid not in needed:
        raise NotFound(f"no data needs a master key '{kid}', so there is nothing to give up. Needed: {known_names(needed)}")
    dropped = {column.name: await _give_up(database, column, kid) for column in SEALED}
    return dropped | {guarded.name: await give_up_marks(database, guarded, kid) for guarded in GUARDED}


async def _give_up(database: Database, column: SealedColumn, kid: str) -> int:
    if column.lost != "mark":
        return await give_up(database, column, kid)
    now = database.clock()
    return await give_up_credentials(database, kid, lambda row: account_event("account.needs_reauth", row, now))
