"""How Jira shows what it holds: own addresses, times in the reader's zone, documents, chosen fields."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from unified_sandbox.standin import Record, State

API = "/rest/api/3"
ZONE = ZoneInfo("Europe/Berlin")
"""Of the demo's user; Jira shows times and reads JQL in it."""
UNASKED = frozenset({"comment", "worklog"})


def stamp(moment: datetime) -> str:
    """Return a time as Jira writes it: `2026-01-01T10:00:00.000+0100`."""
    local = moment.astimezone(ZONE)
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}" + local.strftime("%z")


def moment_of(text: str) -> datetime:
    """Return the moment of such a time."""
    return datetime.fromisoformat(text).astimezone(UTC)


def document(text: str) -> Record:
    """Return text as an Atlassian document, one paragraph a line."""
    lines = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.split("\n") if line]
    return {"type": "doc", "version": 1, "content": lines}


def text_of(node: Any) -> str:
    """Return the words of a document, for the text index and for rendering."""
    if not isinstance(node, dict):
        return ""
    return str(node.get("text", "")) + " ".join(text_of(child) for child in node.get("content", []))


def show_user(user: Record | None, base: str) -> Record | None:
    """Return a user as other records hold it."""
    if user is None:
        return None
    return {"self": f"{base}{API}/user?accountId={user['accountId']}"} | user


def show_issue(state: State, issue: Record, asked: Iterable[str], base: str) -> Record:
    """Return an issue with the fields asked for; with `id` alone it has neither key nor address."""
    words = list(asked)
    if words == ["id"]:
        return {"id": issue["id"]}
    body: Record = {"expand": "operations,editmeta,changelog,transitions,renderedFields", "id": issue["id"]}
    body |= {"self": f"{base}{API}/issue/{issue['id']}", "key": issue["key"]}
    fields = {name: value for name, value in _all_fields(state, issue, base).items() if _wanted(name, words)}
    return body | ({"fields": fields} if fields else {})


def _wanted(name: str, words: list[str]) -> bool:
    if f"-{name}" in words:
        return False
    return name in words or "*all" in words or ("*navigable" in words and name not in UNASKED)


def _all_fields(state: State, issue: Record, base: str) -> Record:
    fields = dict(issue["fields"])
    for name in ("assignee", "reporter", "creator"):
        held = fields.get(name)
        fields[name] = show_user(state["users"].get(held["accountId"], held), base) if held else None
    fields["attachment"] = [show_attachment(state, one, base) for one in _of(state, "attachments", issue)]
    rows = [show_comment(state, one, base) for one in _of(state, "comments", issue)]
    fields["comment"] = {"comments": rows, "total": len(rows), "maxResults": len(rows), "startAt": 0}
    return fields


def _of(state: State, resource: str, issue: Record) -> list[Record]:
    return [one for one in state[resource].values() if one["issue"] == issue["id"]]


def show_attachment(state: State, held: Record, base: str) -> Record:
    """Return a file's description; its issue is not part of it."""
    body = {name: value for name, value in held.items() if name != "issue"}
    address = f"{base}{API}/attachment"
    author = show_user(state["users"].get(held["author"]), base)
    return body | {"self": f"{address}/{held['id']}", "content": f"{address}/content/{held['id']}", "author": author}


def show_comment(state: State, held: Record, base: str, *, rendered: bool = False) -> Record:
    """Return a comment; its address names the issue."""
    author = show_user(state["users"].get(held["author"]), base)
    body = {name: value for name, value in held.items() if name != "issue"}
    body |= {"self": f"{base}{API}/issue/{held['issue']}/comment/{held['id']}", "author": author, "updateAuthor": author}
    return body | ({"renderedBody": f"<p>{escape(text_of(held['body']))}</p>"} if rendered else {})
