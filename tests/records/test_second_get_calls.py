"""A get that tries several calls: the record is that of the first which finds it, however it is asked for."""

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acme import PROVIDER, open_acme, write_catalog
from tests.sizes import examples
from unified.authoring.golden.golden import run_case
from unified.authoring.golden.golden_files import Case, ExpectedCall, GivenAnswer
from unified.authoring.lint.lint import lint
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.service.records.expand import expand
from unified.service.records.writing.write import Write
from unified.service.records.writing.writing import execute_write
from unified.transform.compilation.choices import choose_tried

MAPPING = """\
record: |
  {"id": id, "first_name": first, "title": $call, "account_id": company}
version: rev
write: |
  {"first": first_name}
list:
  - request: GET /everyone
get:
  - {name: active, request: "GET /people/{id}", otherwise: not_found}
  - {name: odd, when: "$number(id) % 2 = 1", request: "GET /odd/{id}", otherwise: not_found, item: found}
  - {name: former, request: "GET /former/{id}"}
update: {request: "PATCH /people/{id}", read_back: true}
"""
HAVE = {"/people/2": {"id": 2, "first": "Ada"}, "/odd/3": {"found": {"id": 3, "first": "Bo"}}, "/odd/5": {"found": {}}}
HAVE |= {"/former/4": {"id": 4, "first": "Cy", "rev": "a"}, "/former/5": {"id": 5, "first": "Di"}, "/odd/7": 500}


def answer(request):
    """A record where there is one; 404 elsewhere."""
    found = HAVE.get(request.url.path.removeprefix("/acme"), 404)
    if request.method == "PATCH":
        return {}
    return httpx2.Response(found, json={}) if isinstance(found, int) else found


FOUND = {
    "2": ("active", ["/people/2"]),
    "3": ("odd", ["/people/3", "/odd/3"]),
    "4": ("former", ["/people/4", "/former/4"]),
    "5": ("former", ["/people/5", "/odd/5", "/former/5"]),
}


@pytest.mark.parametrize(("record_id", "call", "paths"), [(one, *found) for one, found in FOUND.items()])
async def test_the_first_call_that_finds_the_record_gives_it(tmp_path, record_id, call, paths):
    async with open_acme(tmp_path, MAPPING, answer) as acme:
        assert (await acme.get(record_id))["title"] == call
        assert acme.arrived == [f"GET {path}" for path in paths]


async def test_what_no_call_finds_is_not_found(tmp_path):
    async with open_acme(tmp_path, MAPPING, answer) as acme:
        with pytest.raises(NotFound):
            await acme.get("8")
        assert acme.arrived == ["GET /people/8", "GET /former/8"]


async def test_another_failure_ends_the_search(tmp_path):
    async with open_acme(tmp_path, MAPPING, answer) as acme:
        with pytest.raises(UnifiedError) as failed:
            await acme.get("7")
        assert failed.value.code == "provider_error"
        assert {one for one in acme.arrived if "former" in one} == set()


async def test_the_record_after_a_write_and_its_version_are_found_likewise(tmp_path):
    async with open_acme(tmp_path, MAPPING, answer) as acme:
        write = Write(method="update", record_id="4", body={"first_name": "Cy"}, version="a")
        done = await execute_write(await acme.call("update"), write)
        assert (done.record["title"], done.warnings) == ("former", ())
        reading = ["GET /people/4", "GET /former/4"]
        assert acme.arrived == [*reading, "PATCH /people/4", *reading]


async def test_related_records_are_found_likewise(tmp_path):
    companies = MAPPING.replace('"first_name": first, "title": $call, "account_id": company', '"name": $call')
    companies = companies.replace('  {"first": first_name}', '  {"first": name}')
    everyone = [{"id": 1, "company": one} for one in (2, 4)]
    files = {"crm.contacts": MAPPING, "crm.accounts": companies}
    async with open_acme(tmp_path, files, lambda one: everyone if one.url.path.endswith("/everyone") else answer(one)) as acme:
        listed = (await acme.list()).data
        found = await expand(await acme.call("list"), listed, ("account",))
        assert [one["account"]["name"] for one in found] == ["active", "former"]


async def test_the_list_can_be_the_last_place_to_look(tmp_path):
    text = MAPPING.replace('{name: former, request: "GET /former/{id}"}', "{from: list}")
    async with open_acme(
        tmp_path, text, lambda one: [{"id": 8}] if one.url.path.endswith("/everyone") else answer(one)
    ) as acme:
        assert (await acme.get("8"))["id"] == "8"
        assert acme.arrived[:2] == ["GET /people/8", "GET /everyone"]


class Tried:
    """A call as far as the choice looks at it."""

    def __init__(self, fits, otherwise):
        self.call, self.fits = type("Call", (), {"otherwise": otherwise}), fits

    def matches(self, root, bindings):
        return self.fits


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_calls_are_tried_in_order_as_far_as_each_says_otherwise(rows):
    calls = [Tried(fits, goes_on and "not_found") for fits, goes_on in rows[:-1]]
    calls.append(Tried(rows[-1][0], None))
    tried = choose_tried(calls, {}, {})
    places = [calls.index(one) for one in tried]
    assert places == sorted(set(places))
    assert all(one.fits for one in tried if one is not calls[-1])
    assert all(one.call.otherwise for one in tried[:-1])
    assert not tried[-1].call.otherwise
    left_out = [one for one in calls[: places[-1]] if one.fits and one not in tried]
    assert not left_out


WRONG = {
    "the last has nothing after it": (
        MAPPING.replace('"GET /former/{id}"}', '"GET /former/{id}", otherwise: not_found}'),
        "`otherwise` needs a call after this one, which is made when this one does not find the record",
    ),
    "the calls after one that is always final": (
        MAPPING.replace("otherwise: not_found}", "item: x}", 1),
        "only the last call of `get` may be without `when`: the calls after this one are never made",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_can_never_be_is_refused(tmp_path, text, message):
    with pytest.raises(CatalogError) as refused:
        write_catalog(tmp_path, {"crm.contacts": text})
    assert message in str(refused.value)


def test_it_has_no_effect_elsewhere(tmp_path):
    text = MAPPING.replace("update: {request", "update: {otherwise: not_found, request")
    write_catalog(tmp_path, {"crm.contacts": text}, PROVIDER)
    found = [one.message for one in lint(tmp_path) if one.code == "M060"]
    assert [one.partition(":")[0] for one in found] == ["`otherwise` has no effect in a call of `update`"]


def case(**more):
    return Case(name="x", get="5", **more)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (case(sends=ExpectedCall(path="/people/5")), None),
        (case(call="former", sends=ExpectedCall(path="/former/5")), None),
        (case(call="odd", answer=GivenAnswer(body={"found": {"id": 5}}), gives={"title": "odd"}), None),
        (case(call="old", sends=ExpectedCall(path="/x")), "no call of this get is named `old`. Did you mean 'odd'?"),
    ],
)
def test_a_golden_case_names_the_call(tmp_path, case, expected):
    mapping = write_catalog(tmp_path, {"crm.contacts": MAPPING}).mapping("acme", "crm.contacts")
    found = run_case(mapping, case)
    assert found is expected or expected in found
