"""Keeps a copy of an account's contacts in SQLite: run it as often as you like, also after it was killed."""

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from unified_client import Answer, Client, Options, errors
from unified_client.crm import Contact

OVERLAP = timedelta(minutes=10)  # more than clocks differ, and than a provider's search lags behind
LIMIT = int(os.environ.get("SYNC_PAGE", "200"))

account = Client(os.environ["UNIFIED_URL"], os.environ["UNIFIED_KEY"]).account(os.environ["SYNC_ACCOUNT"])
contacts = account.crm.contacts
copy = sqlite3.connect(os.environ["SYNC_FILE"])
copy.execute("CREATE TABLE IF NOT EXISTS contact (id TEXT PRIMARY KEY, record TEXT NOT NULL, seen INTEGER NOT NULL)")
copy.execute("CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL)")


def kept(name: str, default: Any = None) -> Any:
    """Return what is kept under a name."""
    row = copy.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return json.loads(row[0]) if row else default


def keep(**values: Any) -> None:
    """Keep values under their names."""
    copy.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", [(name, json.dumps(one)) for name, one in values.items()])


def store(records: Sequence[Contact]) -> None:
    """Insert or replace: a record that comes twice is one row."""
    copy.executemany("DELETE FROM contact WHERE id = ?", [(one.id,) for one in records if one.is_deleted])
    rows = [(one.id, json.dumps(one.to_dict()), kept("round", 0)) for one in records if not one.is_deleted]
    copy.executemany("INSERT OR REPLACE INTO contact VALUES (?, ?, ?)", rows)


def walk(name: str, each: Callable[[Sequence[Contact]], None], end: Callable[[], None], query: Any) -> None:
    """Continue where the last run stopped; the changes of a page and the position after it are stored in one transaction."""
    try:
        for page in contacts.list(limit=LIMIT, cursor=kept(name), **query).pages():
            with copy:
                each(page.data)
                keep(**{name: page.next_cursor})
                if page.next_cursor is None:
                    end()
            print(name, len(page.data), flush=True)
    except errors.InvalidCursor:  # the next run begins this list again
        with copy:
            keep(**{name: None})
        raise


def begin() -> dict[str, Any]:
    """Note when the run starts, by the service's clock, and what the provider can be asked for."""
    since, seen = kept("mark"), list[Answer]()
    has_times = "updated_after" in contacts.schema(Options(on_answer=seen.append)).parameters
    query = {"updated_after": since} if since and has_times else {}
    warned = contacts.list(limit=1, include_deleted=True, **query).page().meta.warnings
    if not {"deleted_not_offered", "filter_emulated"} & {one.code for one in warned}:
        query["include_deleted"] = True
    started = parsedate_to_datetime(seen[-1].headers["date"]) - OVERLAP
    run = {"started": started.isoformat(), "query": query}
    with copy:
        keep(run=run)
    return run


def compare(run: dict[str, Any]) -> None:
    """Read all ids: what the copy lacks is read, and what is no longer listed is deleted once `get` says so too."""
    now = kept("round", 0)

    def see(records: Sequence[Contact]) -> None:
        for one in records:
            if not copy.execute("UPDATE contact SET seen = ? WHERE id = ?", (now, one.id)).rowcount:
                store([contacts.get(one.id)])

    def end() -> None:
        for (gone,) in copy.execute("SELECT id FROM contact WHERE seen < ?", (now,)).fetchall():
            try:  # a list that changes while it is read may leave one out
                store([contacts.get(gone)])
            except errors.NotFound:
                copy.execute("DELETE FROM contact WHERE id = ?", (gone,))
        keep(run=None, mark=run["started"])

    walk("ids", see, end, {"fields": ["id"]})


def main() -> None:
    """Copy the changes since the last complete run, and what was deleted."""
    run = kept("run") or begin()
    is_compared = "comparing" in run or "include_deleted" not in run["query"] or "SYNC_COMPARE" in os.environ

    def end() -> None:
        if is_compared:
            keep(run={**run, "comparing": True}, round=kept("round", 0) + 1)
        else:
            keep(run=None, mark=run["started"])

    if not run.get("comparing"):
        walk("changes", store, end, run["query"])
    if is_compared:
        compare(run)
    print("in step:", copy.execute("SELECT count(*) FROM contact").fetchone()[0])


main()
