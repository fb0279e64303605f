"""What surrounds issues: users, groups, projects, labels, statuses, types, priorities, fields."""

import re
from collections.abc import Sequence
from typing import Any

from unified_sandbox.jira.errors import invalid, missing
from unified_sandbox.jira.shapes import API, ZONE, show_user
from unified_sandbox.paging import by_offset
from unified_sandbox.standin import Answer, Handler, Incoming, Record, State


def _window(request: Incoming, size: int) -> tuple[int, int]:
    start, limit = request.query.number("startAt", 0), request.query.number("maxResults", size)
    if start is None or limit is None or start < 0 or limit < 0:
        raise invalid("startAt and maxResults must be numbers")
    return start, limit


def _page(request: Incoming, rows: Sequence[Any], size: int = 50, most: int = 100) -> Answer:
    """Answer 200 `{maxResults, startAt, total, isLast, values}`."""
    start, limit = _window(request, size)
    page = by_offset(rows, start, min(limit, most))
    values = list(page.rows)
    return Answer(
        200,
        {
            "self": request.url,
            "maxResults": min(limit, most),
            "startAt": start,
            "total": page.total,
            "isLast": page.next is None,
            "values": values,
        },
    )


def list_users(request: Incoming, state: State) -> Answer:
    """Answer 200: a bare list without a total, apps and former users too."""
    start, limit = _window(request, 50)
    page = by_offset(list(state["users"].values()), start, min(limit, 1000))
    return Answer(200, [show_user(one, request.base) for one in page.rows])


def find_users(request: Incoming, state: State) -> Answer:
    """Answer 200 with a bare list of the users with a word in their name or visible address that begins so."""
    wanted = request.query.get("query", "").lower()
    if not wanted:
        raise invalid("The query parameter is required.")
    start, limit = _window(request, 50)
    rows = [one for one in state["users"].values() if _begins(one, wanted)]
    return Answer(200, [show_user(one, request.base) for one in rows[start : start + limit]])


def _begins(user: Record, wanted: str) -> bool:
    texts = [user["displayName"].lower(), user.get("emailAddress", "").lower()]
    starts = [*texts, *(word for text in texts for word in re.split(r"[\s.@]+", text))]
    return any(text.startswith(wanted) for text in starts)


def get_user(request: Incoming, state: State) -> Answer:
    """Answer 200; groups when they are asked for."""
    id_ = request.query.get("accountId", "")
    if id_ not in state["users"]:
        raise missing(f"Specified user does not exist or you do not have required permissions: {id_}")
    return Answer(200, _whole_user(request, state, id_, with_groups="groups" in request.query.words("expand")))


def _whole_user(request: Incoming, state: State, id_: str, *, with_groups: bool) -> Record:
    user = show_user(state["users"][id_], request.base) or {}
    groups = [one for one in state["groups"].values() if id_ in one["members"]]
    items = [_shown_group(one) for one in groups] if with_groups else []
    return user | {"groups": {"size": len(groups), "items": items}, "expand": "groups,applicationRoles"}


def myself(request: Incoming, state: State) -> Answer:
    """Answer 200: the user who asks, with the zone in which JQL is read."""
    user = _whole_user(request, state, next(iter(state["users"])), with_groups=False)
    return Answer(200, user | {"timeZone": str(ZONE), "locale": "en_GB"})


def _shown_group(group: Record) -> Record:
    return {"name": group["name"], "groupId": group["groupId"]}


def list_groups(request: Incoming, state: State) -> Answer:
    """Answer 200; by ids or names when some are given."""
    ids, names = request.query.all("groupId"), request.query.all("groupName")
    rows = [one for one in state["groups"].values() if not (ids or names) or one["groupId"] in ids or one["name"] in names]
    return _page(request, [_shown_group(one) for one in rows])


def list_projects(request: Incoming, state: State) -> Answer:
    """Answer 200: living ones unless other statuses are asked for; the description only with `expand`."""
    query = request.query
    status = query.words("status") or ["live"]
    if unknown := [word for word in status if word not in {"live", "archived", "deleted"}]:
        raise invalid(f"'{unknown[0]}' is not a valid status")
    word, ids, keys = query.get("query", "").lower(), query.all("id"), query.all("keys")
    rows = [
        one
        for one in state["projects"].values()
        if ("archived" if one.get("archived") else "live") in status
        and (not ids or one["id"] in ids)
        and (not keys or one["key"] in keys)
        and word in f"{one['key']} {one['name']}".lower()
    ]
    shown = [_shown_project(one, request, whole="description" in query.words("expand")) for one in _sorted(request, rows)]
    return _page(request, shown)


def _sorted(request: Incoming, rows: list[Record]) -> list[Record]:
    order = request.query.get("orderBy", "key")
    name = order.lstrip("+-")
    if name not in {"key", "name"}:
        raise invalid(f"'{order}' is not a valid value for orderBy")
    return sorted(rows, key=lambda one: one[name].lower(), reverse=order.startswith("-"))


def _shown_project(project: Record, request: Incoming, *, whole: bool) -> Record:
    body = project if whole else {name: value for name, value in project.items() if name != "description"}
    return {"self": f"{request.base}{API}/project/{project['id']}"} | body


def get_project(request: Incoming, state: State) -> Answer:
    """Answer 200 by id or key."""
    name = request.params["id"]
    found = next((one for one in state["projects"].values() if name in {one["id"], one["key"]}), None)
    if found is None:
        raise missing(f"No project could be found with key '{name}'.")
    return Answer(200, _shown_project(found, request, whole=True))


def list_labels(request: Incoming, state: State) -> Answer:
    """Answer 200: every word used as label, sorted."""
    words = {word for issue in state["issues"].values() for word in issue["fields"].get("labels") or []}
    return _page(request, sorted(words), size=1000, most=1000)


def list_priorities(request: Incoming, state: State) -> Answer:
    """Answer 200, the most urgent first."""
    return _page(request, list(state["priorities"].values()))


def whole(resource: str) -> Handler:
    """Return a handler that answers all records of a resource as a bare list."""
    return lambda _request, state: Answer(200, list(state[resource].values()))


def one(resource: str, words: str) -> Handler:
    """Return a handler that answers one record, or a 404 in these words."""

    def handler(request: Incoming, state: State) -> Answer:
        id_ = request.params["id"]
        if id_ not in state[resource]:
            raise missing(words.format(id_))
        return Answer(200, state[resource][id_])

    return handler
