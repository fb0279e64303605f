"""Messages that say what to do where the first cause alone would mislead."""

from tests.acme import PROVIDER, write_catalog
from unified.authoring.golden.golden import run_case
from unified.authoring.golden.golden_files import Case, GivenAnswer
from unified.authoring.lint.lint import lint

CONTACTS = """\
record: |
  {"id": id, "first_name": first}
write: |
  {"first": first_name}
get: {request: "GET /people/{id}"}
create: {request: POST /people, new_id: new, read_back: true}
"""


def test_the_record_of_a_create_that_is_read_afterwards_belongs_into_a_case_of_get(tmp_path):
    mapping = write_catalog(tmp_path, {"crm.contacts": CONTACTS}).mapping("acme", "crm.contacts")
    case = Case(name="x", write={"first_name": "A"}, answer=GivenAnswer(body={"new": 7}), gives={"id": "7"})
    assert (run_case(mapping, case) or "").endswith(
        "; `read_back` reads the record of this create: expect `created`, and the record in a case of `get`"
    )


def test_a_part_in_the_grant_of_client_credentials_is_not_a_setting(tmp_path):
    rules = (
        "type: client_credentials, token_url: https://t.example.com, "
        'parts: {tenant: {title: Tenant, secret: false}}, grant: {tenant: "{tenant}"}'
    )
    write_catalog(tmp_path, {"crm.contacts": CONTACTS}, PROVIDER.replace("{type: bearer}", f"{{{rules}}}"))
    (found,) = [one.message for one in lint(tmp_path) if one.code == "P020"]
    assert found == (
        "part `tenant` is requested, but nothing sends it: `grant` of client_credentials names settings, and `{tenant}` is a "
        "part: declare it under `settings`"
    )
