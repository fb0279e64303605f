"""Null in `pagination` and `errors` of a call takes away what the provider file says, key by key."""

import pytest

from tests.acme import PROVIDER, open_acme, write_catalog
from unified.authoring.lint.lint import lint
from unified.catalog.provider import ErrorRules, Pagination
from unified.transform.catalog import Catalog

PAGED = PROVIDER + (
    "pagination: {type: page, send: query.p, size: query.n, max_size: 50, default_size: 20, total: all, more: more, first: 0}\n"
    "errors: {message: text, code: kind, fields: list}\n"
)
KEYS = [("pagination", name) for name in ("size", "max_size", "default_size", "total", "more", "first")]
KEYS += [("errors", name) for name in ("message", "code", "fields")]


def mapping(text):
    return f"record: '{{\"id\": id}}'\nlist:\n  - request: GET /people\n    items: rows\n{text}"


@pytest.mark.parametrize(("key", "name"), KEYS, ids=str)
def test_one_key_is_taken_away_and_no_other(tmp_path, key, name):
    found = write_catalog(tmp_path, {"crm.contacts": mapping(f"    {key}: {{{name}: null}}\n")}, PAGED)
    (call,) = found.compiled("acme", "crm.contacts").lists
    own = call.pages.rules if key == "pagination" else call.errors
    for other in (Pagination if key == "pagination" else ErrorRules).__struct_fields__:
        expected = None if other == name else getattr(getattr(found.provider("acme"), key), other)
        assert getattr(own, other) == expected, other


async def test_a_size_that_is_taken_away_is_not_sent(tmp_path):
    answers = {"GET /people": {"rows": [{"id": 1}]}}
    async with open_acme(tmp_path, mapping("    pagination: {size: null}\n"), answers, provider=PAGED) as acme:
        await acme.list(limit=7)
        assert acme.arrived == ["GET /people?p=0"]


async def test_a_shared_call_can_take_it_away_too(tmp_path):
    below = tmp_path / "catalog" / "mappings" / "acme"
    below.mkdir(parents=True)
    shared = "calls:\n  all:\n    request: GET /people\n    items: rows\n    pagination: {size: null}\n"
    (below / "_shared.yaml").write_text(shared)
    text = "record: '{\"id\": id}'\nlist:\n  - {use: all}\n"
    (tmp_path / "catalog" / "providers").mkdir()
    (tmp_path / "catalog" / "providers" / "acme.yaml").write_text(PAGED)
    (below / "crm.contacts.yaml").write_text(text)
    (call,) = Catalog.load(tmp_path / "catalog").compiled("acme", "crm.contacts").lists
    assert call.pages.rules.size is None


def test_a_null_that_takes_nothing_away_is_reported(tmp_path):
    write_catalog(tmp_path, {"crm.contacts": mapping("    pagination: {max_total: null}\n")}, PAGED)
    found = [str(one) for one in lint(tmp_path) if one.code == "M060"]
    message = "`max_total: null` has no effect: `pagination` of the provider file has no `max_total` to take away"
    assert found == [f"mappings/acme/crm.contacts.yaml:5:18: M060 {message}"]
