"""Planting: whatever is planted, no stand-in fails on it; a record without the inner keys gets them."""

import copy
import json
import random
import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from unified_sandbox.auth import Verdict
from unified_sandbox.live import Live
from unified_sandbox.messages import Incoming, Query
from unified_sandbox.registry import discover

PROVIDERS = tuple(discover())
VALUES = (
    None,
    True,
    0,
    -1,
    2**60,
    1.5,
    "",
    "x",
    "2026-01-01",
    "2026-02-30T99:99:99Z",
    "謝",
    [],
    ["x"],
    [{}],
    [None],
    {},
    {"x": 1},
    {"id": None},
)
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SEARCHES = {
    "hubspot": [("POST", "/crm/v3/objects/{resource}/search", {"query": "a", "sorts": ["createdate"], "limit": 5})],
    "jira": [
        ("GET", '/rest/api/3/search/jql?jql=text ~ "a" ORDER BY created DESC', None),
        ("GET", "/rest/api/3/search/jql?jql=project = OPS ORDER BY updated&fields=*all", None),
        ("GET", '/rest/api/3/search/jql?jql=created >= "2020-01-01" ORDER BY created', None),
    ],
    "salesforce": [("GET", "/services/data/v65.0/query?q=SELECT Id, Name FROM {resource} ORDER BY CreatedDate DESC", None)],
    "zendesk": [
        ("GET", "/api/v2/search.json?query=type:ticket a&sort_by=created_at", None),
        ("GET", "/api/v2/search.json?query=type:user a&sort_by=created_at", None),
    ],
}
"""Searches, beside every GET of the stand-in's routes."""


def changed(record, chance):
    """The record with something missing, or something else in its place, anywhere."""
    record = copy.deepcopy(record)
    place = record
    while isinstance(place, dict) and place:
        key = chance.choice(sorted(place))
        inner = place[key]
        if isinstance(inner, dict) and inner and chance.random() < 0.6:
            place = inner
            continue
        if chance.random() < 0.5:
            del place[key]
        else:
            place[key] = chance.choice(VALUES)
        return record
    return record


def objects(rows, chance):
    """What is planted: nothing, little, a record of the first data with less and less of it, or something else."""
    some = [copy.deepcopy(one) for one in chance.sample(list(rows.values()), min(4, len(rows)))]
    yield from ({}, {"x": 1}, {key: chance.choice(VALUES) for one in some[:1] for key in one})
    for one in some[:1]:
        yield dict.fromkeys(one)
        yield from ({**one, key: None} for key in chance.sample(sorted(one), min(3, len(one))))
    for one in some:
        yield {key: value for key, value in one.items() if chance.random() < 0.5}
        yield changed(one, chance)


def calls(standin, resource, id_):
    """Every GET of the routes, with the planted record's id and resource for its parameters, and the searches."""
    for method, template, _ in standin.routes:
        if method == "GET":
            for given in (id_, resource):
                yield "GET", re.sub(r"\{\w+(:\w+)?\}", given, template), None
            typed = re.sub(r"\{(type|object|kind|from)\}", resource, template)
            yield "GET", re.sub(r"\{\w+(:\w+)?\}", id_, typed), None
    for method, path, body in SEARCHES.get(standin.name, ()):
        yield method, path.replace("{resource}", resource), body


def asked(live, method, url, body=None):
    path, _, query = url.partition("?")
    request = Incoming(
        method=method,
        path=path,
        params={},
        query=Query(query.replace(" ", "%20")),
        headers={"content-type": "application/json"},
        body=b"" if body is None else json.dumps(body).encode(),
        base="http://127.0.0.1:9",
        now=NOW,
        principal="",
    )
    return live.answer(request)[0]


@pytest.mark.slow
@pytest.mark.takes(seconds=30)  # every resource of a stand-in with many planted records
@pytest.mark.parametrize("name", PROVIDERS)
def test_no_stand_in_fails_on_what_was_planted(name, monkeypatch, caplog):
    monkeypatch.setattr("unified_sandbox.live.authorize", lambda *_: Verdict(principal="token"))
    chance = random.Random(name)
    standin = discover()[name]
    live, first = Live(standin), standin.seed(random.Random(name))
    taken = set()
    for resource, rows in first.items():
        for n, record in enumerate(objects(rows, chance)):
            id_ = chance.choice(list(rows)) if rows and n % 2 else str(900_000 + n)
            before = dict(live.state[resource])
            try:
                live.plant(resource, id_, record)
            except ValueError:
                assert live.state[resource] == before
                continue
            taken.add(resource)
            for call in calls(standin, resource, quote(id_, safe="")):
                told = asked(live, *call)
                assert told.status != 500, (resource, record, call, caplog.text[-2500:])
            live.state[resource] = before
    assert taken == set(first)
