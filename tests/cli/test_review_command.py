import json

from unified.transform.catalog import Catalog

M, R = "mappings/shelf/crm.contacts.yaml", "mappings/shelf/review.yaml"
DONE = "Every tool is reviewed.\n"


def text(folder, name=R):
    return (folder.path / name).read_text(encoding="utf-8")


def test_a_catalog_that_was_read_has_nothing_open(run, folder):
    assert run("review") == (0, "", DONE)
    assert run("review", "shelf", "--model", "crm.contacts") == (0, "", DONE)
    assert run("review", "--json") == (0, "[]\n", DONE)


def test_new_tools_are_shown_and_accepted(run, folder):
    (folder.path / R).unlink()
    code, out, err = run("review", "shelf")
    assert (code, err) == (1, "3 tools to review. Run the command again with --accept once you have read them.\n")
    assert not (folder.path / R).exists()
    shared, listed, got, created = out.strip().split("\n\n")
    assert shared.splitlines()[0] == "List and get of crm.contacts take:"
    assert shared.splitlines()[1].startswith("  fields: list of one of id, remote_id, first_name, emails - Return only")
    assert listed.splitlines()[:3] == [
        "list_crm_contacts (shelf, read): new",
        "  List contacts in Shelf, one page at a time. Contact: a person in the CRM.",
        "  + limit: integer 1..200 - Maximum number of records to return.",
    ]
    assert "  + filter.…: id: text; first_name: text; email: text (Compared with emails)" in listed.splitlines()
    assert listed.splitlines()[-1] == "  + what list and get of crm.contacts take"
    assert got.splitlines()[2] == "  + id*: text - Id of the contact."
    assert created.splitlines() == [
        "create_crm_contact (shelf, write): new",
        "  Create a contact in Shelf. Contact: a person in the CRM.",
        "  + first_name: text - Given name.",
    ]
    code, out, err = run("review", "shelf", "--accept")
    assert (code, err) == (0, f"{R} written\n3 tools accepted\n")
    assert out.splitlines() == [
        "list_crm_contacts (shelf, read): new",
        "get_crm_contact (shelf, read): new",
        "create_crm_contact (shelf, write): new",
    ]
    lines = text(folder).splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../../schemas/review.json"
    assert [line.partition(": sha256:")[0] for line in lines[4:]] == ["crm.contacts:", "  list", "  get", "  create"]
    assert run("review") == (0, "", DONE)


def test_a_tool_that_changed_is_not_offered_until_it_is_accepted(run, folder):
    folder.edit(M, "get: {", "describe: {list: People.}\nget: {")
    assert not Catalog.load(folder.path).reviewed("shelf", "crm.contacts", "list")
    assert Catalog.load(folder.path).reviewed("shelf", "crm.contacts", "create")
    code, out, _ = run("review")
    assert code == 1
    assert out.startswith("list_crm_contacts (shelf, read): changed\n  List contacts in Shelf")
    assert "\n  ~ limit: integer 1..200" in out
    assert run("lint")[0] == 0
    before = text(folder)
    assert run("review", "--accept")[0] == 0
    assert next(line for line in text(folder).splitlines() if line not in before).startswith("  list: sha256:")
    assert Catalog.load(folder.path).reviewed("shelf", "crm.contacts", "list")


def test_a_field_that_can_be_written_now_is_a_change(run, folder):
    folder.edit(M, '{"first": first_name}', '{"first": first_name, "last": last_name}')
    code, out, _ = run("review", "--json")
    (found,) = json.loads(out)
    assert code == 1
    assert (found["provider"], found["model"], found["method"], found["state"]) == (
        "shelf",
        "crm.contacts",
        "create",
        "changed",
    )
    assert list(found["definition"]["input_schema"]["properties"]) == ["first_name", "last_name"]
    assert not Catalog.load(folder.path).reviewed("shelf", "crm.contacts", "create")
    assert run("review", "--accept")[0] == 0
    assert Catalog.load(folder.path).reviewed("shelf", "crm.contacts", "create")


def test_missing_tools_are_removed(run, folder):
    folder.edit(M, "create: {request: POST /people}\n", "")
    folder.edit(M, 'write: |\n  {"first": first_name}\n', "")
    assert run("review") == (
        1,
        "shelf crm.contacts create: gone\n\n",
        "1 tool to review. Run the command again with --accept once you have read them.\n",
    )
    assert run("review", "--accept")[0] == 0
    assert "create" not in text(folder)
    Catalog.load(folder.path)


def test_one_model_leaves_the_others_as_they_are(run, folder):
    folder.write("mappings/shelf/crm.leads.yaml", "record: '{\"id\": id}'\nlist: [{request: GET /leads}]\n")
    folder.edit(M, "get: {", "describe: {list: People.}\nget: {")
    code, out, _ = run("review", "shelf", "--model", "crm.leads", "--accept")
    assert (code, out) == (0, "list_crm_leads (shelf, read): new\n")
    assert [line for line in text(folder).splitlines() if line.endswith(":")] == ["crm.contacts:", "crm.leads:"]
    assert not Catalog.load(folder.path).reviewed("shelf", "crm.contacts", "list")
    assert run("review", "--accept")[2] == f"{R} written\n1 tool accepted\n"


def test_accepting_nothing_writes_nothing(run, folder):
    before = text(folder)
    assert run("review", "--accept") == (0, "", "0 tools accepted\n")
    assert text(folder) == before


def test_a_file_of_nothing_is_not_left(run, folder):
    (folder.path / M).unlink()
    assert run("review", "--accept")[0] == 0
    assert not (folder.path / R).exists()


def test_unknown_names_answer_with_the_known_ones(run, folder):
    assert run("review", "shell") == (2, "", "unified: unknown provider 'shell'. Did you mean 'shelf'? Known: shelf\n")
    assert run("review", "shelf", "--model", "crm.leads") == (
        2,
        "",
        "unified: no mapping of crm.leads for shelf. Known: crm.contacts\n",
    )
    code, _, err = run("review", "--model", "crm.contact")
    assert code == 2
    assert err.startswith("unified: unknown common model 'crm.contact'. Did you mean 'crm.contacts'?")
