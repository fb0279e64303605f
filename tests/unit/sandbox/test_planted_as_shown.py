"""What a stand-in shows can be put back: it is shown so again, whether the record is there, changed, new, or was gone.

The law is asked of every list of every stand-in that needs nothing but its path, with the answer as the provider sends it.
"""

import json
import re
from datetime import UTC, datetime

import pytest

from unified_sandbox.auth import Verdict
from unified_sandbox.live import Live
from unified_sandbox.messages import Incoming, Query
from unified_sandbox.registry import discover
from unified_sandbox.shown_records import as_planted

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BASE = "http://127.0.0.1:9/x"


def ways(live):
    """Each resource with the ways in which its records are shown."""
    for resource, rows in live.state.items():
        if rows:
            yield from ((resource, show) for show in live.standin.shows(live.state, resource, BASE))


def shown(show, record):
    """What a way makes of a record; None where it needs more than the record."""
    try:
        made = show(record)
    except Exception:  # noqa: BLE001 - an expression of a route that reads its path or query
        return None
    return json.loads(json.dumps(made)) if isinstance(made, dict) else None


def some(rows):
    every = list(rows.items())
    return [every[at] for at in sorted({0, len(every) // 2, len(every) - 1})]


def now_shown(live, resource, id_, show):
    return as_planted(live.state, resource, id_, shown(show, live.state[resource][id_]))


QUICK = ("github", "personio")
NAMES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in discover()]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_can_be_put_back(name):
    live, tried = Live(discover()[name]), 0
    for resource, show in list(ways(live)):
        for id_, record in some(live.state[resource]):
            form = shown(show, record)
            if form is None:
                continue
            live.plant(resource, id_, form, BASE)
            came = now_shown(live, resource, id_, show)
            assert {key: came.get(key) for key in form} == form, (resource, id_)
            tried += 1
    assert tried


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_can_be_put_where_nothing_is(name):
    live = Live(discover()[name])
    for resource, show in list(ways(live)):
        for id_, record in some(live.state[resource]):
            form = shown(show, record)
            if form is None:
                continue
            del live.state[resource][id_]
            live.plant(resource, id_, form, BASE)
            came = now_shown(live, resource, id_, show)
            assert {key: came.get(key) for key in form} == form, (resource, id_)


def changed(value):
    """Another value of the same kind at the first place that has a text without digits, and its path."""
    for key, one in value.items():
        if isinstance(one, str) and one and not re.search(r"\d|://|@", one):
            return {**value, key: one + " changed"}
        if isinstance(one, dict) and (inner := changed(one)) is not None:
            return {**value, key: inner}
    return None


def computed(live, resource):
    """Fields that the provider computes of the others: a planted value of one is replaced."""
    return {name for name, _ in live.standin.plant.args[0].collections[resource].computed}


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_value_is_shown(name):
    live = Live(discover()[name])
    for resource, show in list(ways(live)):
        id_ = next(iter(live.state[resource]))
        form = now_shown(live, resource, id_, show)
        wanted = (
            None if form is None else changed({key: one for key, one in form.items() if key not in computed(live, resource)})
        )
        if wanted is None:
            continue
        try:
            live.plant(resource, id_, {**form, **wanted}, BASE)
        except ValueError:
            continue  # one of a closed list of words
        came = now_shown(live, resource, id_, show)
        assert {key: came[key] for key in wanted} == wanted, (resource, id_)


def asked(live, method, url, body=None):
    path, _, query = url.partition("?")
    request = Incoming(
        method=method,
        path=path,
        query=Query(query),
        headers={"content-type": "application/json", "accept": "application/json"},
        body=b"" if body is None else json.dumps(body).encode(),
        base=BASE,
        now=NOW,
    )
    return live.answer(request)[0]


READ = [
    ("github", "issues", "/repos/{repo}/issues/{number}", "title"),
    ("github", "labels", "/repos/{repo}/labels/{name}", "description"),
    ("servicenow", "incident", "/api/now/table/incident/{sys_id}", "short_description"),
    ("personio", "people", "/v2/persons/{id}", "first_name"),
    ("freshservice", "tickets", "/api/v2/tickets/{id}", "subject"),
]


@pytest.mark.parametrize(("name", "resource", "path", "field"), READ)
def test_as_it_is_answered_over_http(name, resource, path, field, monkeypatch):
    """The answer of a real route is put back with another value; a change by the API afterwards is shown, too."""
    monkeypatch.setattr("unified_sandbox.live.authorize", lambda *_: Verdict(principal="token"))
    live = Live(discover()[name])
    id_, record = next(iter(live.state[resource].items()))
    url = re.sub(r"\{(\w+)\}", lambda found: str(record[found[1]]), path)
    answer = asked(live, "GET", url).body
    item = (
        next((one for one in answer.values() if isinstance(one, dict) and field in one), answer)
        if field not in answer
        else answer
    )
    live.plant(resource, id_, {**item, field: "Planted"}, BASE)
    again = asked(live, "GET", url).body
    assert again == json.loads(json.dumps(answer).replace(json.dumps(item[field]), '"Planted"', 1))


def test_what_the_api_changes_is_shown_from_then_on(monkeypatch):
    monkeypatch.setattr("unified_sandbox.live.authorize", lambda *_: Verdict(principal="token"))
    live = Live(discover()["github"])
    _, record = next(iter(live.state["issues"].items()))
    url = f"/repos/{record['repo']}/issues/{record['number']}"
    item = asked(live, "GET", url).body
    live.plant("issues", str(record["id"]), {**item, "type": {"id": 71, "name": "Task"}, "author_association": "OWNER"}, BASE)
    assert asked(live, "GET", url).body["type"] == {"id": 71, "name": "Task"}
    asked(live, "PATCH", url, {"type": "Bug"})
    after = asked(live, "GET", url).body
    assert (after["type"]["name"], after["author_association"]) == ("Bug", "OWNER")


def test_what_is_planted_as_shown_is_found_by_filters(monkeypatch):
    """The stand-in's file says what such a record is stored as."""
    monkeypatch.setattr("unified_sandbox.live.authorize", lambda *_: Verdict(principal="token"))
    live = Live(discover()["github"])
    item = next(one for one in asked(live, "GET", "/repos/acme/project-0/issues?state=open").body if "pull_request" not in one)
    new = {
        **item,
        "id": 99,
        "number": 9001,
        "state": "closed",
        "labels": [{"id": 1, "name": "rare", "color": None, "default": False}],
    }
    live.plant("issues", "99", new, BASE)
    assert [one["number"] for one in asked(live, "GET", "/repos/acme/project-0/issues?state=closed&labels=rare").body] == [9001]
    assert asked(live, "GET", "/repos/acme/project-0/issues/9001").body["labels"] == new["labels"]


def test_the_first_issues_have_comments(monkeypatch):
    monkeypatch.setattr("unified_sandbox.live.authorize", lambda *_: Verdict(principal="token"))
    live = Live(discover()["github"])
    first = [one for one in asked(live, "GET", "/issues?filter=all&state=all&per_page=10").body if "pull_request" not in one]
    assert first
    assert all(one["comments"] for one in first), [one["comments"] for one in first]
