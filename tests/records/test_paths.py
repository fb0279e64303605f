"""What a path may hold besides fields: settings of the account, results of other calls, parts of a reference, OData keys."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acme import open_acme, write_catalog
from unified.errors.configuration import CatalogError
from unified.errors.requests import InvalidId, ValidationFailed
from unified.transform.calls.path import IdTemplate, fill

TICKETS = """\
id: "{owner}:{repo}:{number}"
record: |
  {"id": id, "name": name}
get: {request: "GET /repos/{owner}/{repo}/issues/{number}"}
"""
COMMENTS = """\
record: |
  {"id": id, "body": body, "ticket_id": $query.filter.ticket_id}
write: |
  {"body": body}
list:
  - request: GET /companies/{settings.company}/repos/{ticket_id.owner}/{ticket_id.repo}/issues/{ticket_id.number}/comments
create: {request: "POST /repos/{ticket_id.owner}/{ticket_id.repo}/issues/{ticket_id.number}/comments", required: [ticket_id, body]}
"""
FILES = {"ticketing.tickets": TICKETS, "ticketing.comments": COMMENTS}


async def test_settings_and_parts_of_a_reference_fill_a_path(tmp_path) -> None:
    path = "/companies/c%2F1/repos/octo/hello/issues/7/comments"
    answers = {"GET /companies/c/1/repos/octo/hello/issues/7/comments": [{"id": 1, "body": "hi"}]}
    async with open_acme(tmp_path, FILES, answers, provider=PROVIDER, settings={"company": "c/1"}) as acme:
        page = await acme.list("ticketing.comments", filter={"ticket_id": "octo:hello:7"})
        assert [one["body"] for one in page.data] == ["hi"]
        assert acme.arrived == [f"GET {path}"]


PROVIDER = """\
name: acme
title: Acme
docs: https://acme.example.com/docs
base_url: https://acme.example.com
settings: {company: {title: Company, pattern: ".+", required: false}}
auth: [{type: bearer}]
check: {request: GET /me}
"""


async def test_missing_values_are_named_before_anything_is_sent(tmp_path) -> None:
    async with open_acme(tmp_path, FILES, {}, provider=PROVIDER) as acme:
        with pytest.raises(ValidationFailed) as caught:
            await acme.list("ticketing.comments", filter={"ticket_id": "octo:hello:7"})
        assert caught.value.detail == "the account has no setting `company`, which this call needs: add it to the account"
        with pytest.raises(InvalidId) as refused:
            await acme.write("create", {"ticket_id": "octo:hello", "body": "x"}, model="ticketing.comments")
        assert refused.value.detail == "ticket_id: expected an id of the form `{owner}:{repo}:{number}`"
        assert acme.arrived == []


UNKNOWN = [
    ("{settings.compny}", "`{settings.compny}`: acme has no such setting. Known: company"),
    ("{ticket_id.ownr}", "`{ticket_id.ownr}`: `ticket_id` has no such part. Known: number, owner, repo"),
    ("{user_id.x}", "`{user_id.x}`: `user_id` is not a setting, a result of `before`, or a field that holds a composite id"),
]


@pytest.mark.parametrize(("name", "message"), UNKNOWN)
def test_a_name_that_means_nothing_is_refused_with_its_place(tmp_path, name: str, message: str) -> None:
    comments = COMMENTS.replace("{settings.company}", name)
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {**FILES, "ticketing.comments": comments}, PROVIDER)
    assert message in str(caught.value)
    assert "mappings/acme/ticketing.comments.yaml:6:" in str(caught.value)


@given(st.text(min_size=1, max_size=20))
def test_every_value_stays_within_its_segment(value: str) -> None:
    try:
        path = fill("/a/{settings.x}/b/{before.y}('{id}')", {"settings": {"x": value}, "before": {"y": value}, "id": value})
    except InvalidId:
        return
    parts = path.split("/")
    assert parts[:2] == ["", "a"]
    assert len(parts) == 5
    assert unquote(parts[2]) == value
    inside = unquote(parts[4]).removeprefix(value)
    assert inside == f"('{value.replace(chr(39), 2 * chr(39))}')"


@pytest.mark.parametrize("value", ["1)", "a b", "x,y=1", "1' or '1", "é"])
def test_an_odata_key_without_quotes_is_a_word_or_refused(value: str) -> None:
    assert fill("/People({id})", {"id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"}).endswith("0c-0305e82c3301)")
    with pytest.raises(InvalidId, match="expected letters, digits"):
        fill("/People({id})", {"id": value})


def test_parts_of_a_reference_are_those_of_its_template() -> None:
    references = {"ticket_id": IdTemplate(template="{owner}:{number}")}
    assert fill("/{ticket_id.owner}/{ticket_id.number}", {"ticket_id": "a b:7"}, references) == "/a%20b/7"


async def test_a_list_without_a_required_condition_is_refused(tmp_path) -> None:
    comments = COMMENTS.replace("comments\ncreate", "comments\n    required: [user_id]\ncreate")
    async with open_acme(
        tmp_path, {**FILES, "ticketing.comments": comments}, {}, provider=PROVIDER, settings={"company": "1"}
    ) as acme:
        with pytest.raises(ValidationFailed) as caught:
            await acme.list("ticketing.comments", filter={"ticket_id": "octo:hello:7"})
        assert caught.value.detail == "ticketing.comments: the list needs filter[user_id]"
        assert acme.arrived == []
