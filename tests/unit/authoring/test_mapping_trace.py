from unified.authoring.golden.golden import run_path
from unified.authoring.mapping_trace import trace_mapping
from unified.authoring.workspace import find_folder, open_mapping

SAMPLE = {"id": 7, "first": "Ada", "mail": "a@x.org", "extra": {"a": 1, "b": None}, "tags": ["x"]}


def test_fields_values_paths_and_what_is_not_read(folder):
    tried = trace_mapping(open_mapping(folder.path, "shelf", "crm.contacts"), SAMPLE)
    fields = {one.name: one for one in tried.fields}
    assert (fields["first_name"].value, fields["first_name"].paths) == ("Ada", ("first",))
    assert fields["last_name"].is_empty
    assert not fields["emails"].is_empty
    assert tried.unread == ("extra.a", "tags")


def test_the_first_record_of_a_whole_answer(folder):
    tried = trace_mapping(open_mapping(folder.path, "shelf", "crm.contacts"), [SAMPLE, {"id": 8}], "list")
    assert {one.name: one.value for one in tried.fields}["id"] == "7"
    assert tried.unread == ("extra.a", "tags")


def test_a_broken_neighbour_does_not_matter(folder):
    folder.write("mappings/shelf/crm.leads.yaml", "record: {")
    assert open_mapping(folder.path, "shelf", "crm.contacts").read({"id": 1}, "record")[0]["id"] == "1"


def test_cases_of_a_mapping_that_does_not_load_are_one_failure(folder):
    folder.edit("mappings/shelf/crm.contacts.yaml", "get:", "got:")
    outcomes = run_path(folder.path, folder.path / "mappings/shelf/crm.contacts.test.yaml")
    assert [one.id for one in outcomes] == ["mappings/shelf/crm.contacts.test.yaml"]
    assert outcomes[0].problem is not None
    assert outcomes[0].problem.startswith("mappings/shelf/crm.contacts.yaml:13:1: unknown key `got`.")


def test_the_folder_of_a_file(folder):
    assert find_folder(folder.path / "mappings/shelf/crm.contacts.yaml") == folder.path.resolve()
