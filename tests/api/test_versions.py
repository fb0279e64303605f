"""The version of the API: named in every answer, refused when it is not known, and announced before a route ends."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.security.every_route import requests
from tests.security.world import open_world
from unified.api.requests import versions
from unified.api.requests.versions import CURRENT, HEADER, VERSIONS, Deprecated
from unified.telemetry.metrics import exposition
from unified.version import __version__


@pytest.fixture
async def world(tmp_path):
    async with open_world("sqlite", tmp_path) as opened:
        yield opened


def test_versions_are_dates_in_order():
    assert list(VERSIONS) == sorted(VERSIONS)
    assert all(datetime.strptime(one, "%Y-%m-%d").replace(tzinfo=UTC) for one in VERSIONS)


async def test_every_route_names_its_version_and_refuses_one_that_it_does_not_know(world):
    key = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    asked = {(one.method, one.route.path): one for one in requests(world.ours.rows) if one.route.path != "/metrics"}
    for one in asked.values():
        send = {"params": one.query, "json": one.body}
        refused = await world.client.request(one.method, one.path, headers={**key, HEADER: "2099-01-01"}, **send)
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_version"), one.label
        assert CURRENT in refused.json()["detail"]
        assert refused.headers[HEADER] == CURRENT, one.label
    for path in ("/health", "/openapi.json", "/accounts", "/nowhere", "/ui/sign-in"):
        for sent in ({}, {HEADER: CURRENT}):
            answer = await world.client.get(path, headers={**key, **sent})
            assert (answer.headers[HEADER], answer.status_code == 400) == (CURRENT, False), path


@pytest.mark.parametrize("given", ["", "2020-01-01", "latest", "a" * 500, "2026-11-29, 2026-11-29"])
async def test_other_texts_are_not_versions(world, given):
    answer = await world.client.get("/health", headers={HEADER: given})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_version")
    assert "aaaaaaaaaaa" not in answer.text


async def test_the_end_of_a_route_is_announced(world, monkeypatch):
    since, sunset = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 12, 1, 12, tzinfo=UTC)
    ends = Deprecated(since=since, sunset=sunset, link="https://docs.example.com/moved")
    monkeypatch.setattr(versions, "DEPRECATED", {("GET", "/accounts"): ends})
    key = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    answer = await world.client.get("/accounts", headers=key)
    assert re.fullmatch(r"@\d+", answer.headers["Deprecation"])  # RFC 9745, 2: a date of structured fields
    assert datetime.fromtimestamp(int(answer.headers["Deprecation"][1:]), UTC) == since
    assert parsedate_to_datetime(answer.headers["Sunset"]) == sunset  # RFC 8594, 3: an HTTP date
    assert answer.headers["Link"] == '<https://docs.example.com/moved>; rel="deprecation"; type="text/html"'
    other = await world.client.get("/api-keys", headers=key)
    assert not {"deprecation", "sunset", "link"} & set(other.headers)


def test_no_route_is_deprecated_yet():
    assert versions.DEPRECATED == {}


async def test_the_openapi_document_names_the_versions(world):
    info = (await world.client.get("/openapi.json")).json()["info"]
    assert (info["x-api-versions"], info["version"]) == (list(VERSIONS), __version__)
    assert HEADER in info["description"]


async def test_health_and_metrics_tell_the_version(world):
    assert (await world.client.get("/health")).json() == {"status": "ok", "version": __version__}
    assert f'unified_build_info{{version="{__version__}"}} 1.0' in exposition().decode()
