"""A tool counts as reviewed while its digest is the one in the provider's review file, and only then."""

from pathlib import Path

import pytest

from unified.errors.configuration import CatalogError
from unified.transform.catalog import Catalog
from unified.transform.tools import reviewed_digest

TEXT = """\
record: |
  {"id": id, "first_name": first}
write: |
  {"first": first_name}
list: [{request: GET /people}]
create: {request: POST /people}
custom_methods:
  lock: {request: "PUT /people/{id}/lock"}
describe: {list: People.}
"""


@pytest.fixture
def reviewed(catalog, tmp_path: Path):
    """The catalog with a review file of everything that is documented."""
    made = catalog(TEXT)
    mapping = made.compiled("acme", "crm.contacts")
    lines = ["crm.contacts:", *(f"  {one}: {reviewed_digest(mapping, one)}" for one in ("list", "create"))]
    (tmp_path / "mappings/acme/review.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Catalog.load(tmp_path)


def states(catalog: Catalog) -> dict[str, bool]:
    return {one: catalog.reviewed("acme", "crm.contacts", one) for one in ("list", "create", "lock", "delete")}


def test_nothing_is_reviewed_without_a_file(catalog) -> None:
    assert not any(states(catalog(TEXT)).values())


def test_a_reviewed_tool_is_reviewed(reviewed) -> None:
    assert states(reviewed) == {"list": True, "create": True, "lock": False, "delete": False}


RUG_PULLS = [
    ("another text", "{list: People.}", "{list: People and their salaries.}", {"list"}),
    ("another writable field", '{"first": first_name}', '{"first": first_name, "last": last_name}', {"create"}),
    ("a field that is demanded", "POST /people}", "POST /people, required: [first_name]}", {"create"}),
    ("another condition", "GET /people}", "GET /people, query: '{\"q\": search}'}", {"list"}),
    ("another tag", "describe:", "tags: [more]\ndescribe:", {"list", "create"}),
]


@pytest.mark.parametrize(("old", "new", "changed"), [row[1:] for row in RUG_PULLS], ids=[row[0] for row in RUG_PULLS])
def test_a_tool_changed_after_its_review_is_not_reviewed(reviewed, catalog, old: str, new: str, changed: set[str]) -> None:
    assert TEXT.count(old) == 1
    after = states(catalog(TEXT.replace(old, new)))
    assert {one for one in ("list", "create") if not after[one]} == changed


def test_a_title_that_changes_is_another_text(reviewed, tmp_path: Path) -> None:
    path = tmp_path / "providers/acme.yaml"
    path.write_text(path.read_text().replace("title: Acme", "title: Acme Pro"))
    assert not any(states(Catalog.load(tmp_path)).values())


def test_an_unknown_mapping_is_refused(reviewed) -> None:
    with pytest.raises(CatalogError, match=r"^no mapping of crm\.leads for acme\. Known: crm\.contacts$"):
        reviewed.reviewed("acme", "crm.leads", "list")


GOOD = "sha256:" + "0" * 64
REFUSED = [
    ("[]\n", "1:1: expected a mapping of keys, got array"),
    ("# nothing\n", "1:1: expected a mapping of keys, got null"),
    ("crm.contacts: list\n", "1:15: crm.contacts: expected `object`, got `str`"),
    (
        f"crm.contacts:\n  list: {GOOD}\n  create: sha256:12\n",
        (
            "3:11: crm.contacts.create: expected `sha256:` and 64 hexadecimal digits, "
            f"such as `sha256:{'0123456789abcdef' * 4}`, got `sha256:12`"
        ),
    ),
    (
        f"crm.contact:\n  list: {GOOD}\n",
        "1:1: acme has no mapping of crm.contact. Did you mean 'crm.contacts'? Known: crm.contacts",
    ),
    (
        f"crm.contacts:\n  list: {GOOD}\n  creat: {GOOD}\n",
        "3:3: crm.contacts has no documented method `creat`. Did you mean 'create'? Known: create, list",
    ),
    (f"crm.contacts:\n  lock: {GOOD}\n", "2:3: crm.contacts has no documented method `lock`. Known: create, list"),
    (f"crm.contacts:\n  list: {GOOD}\n  list: {GOOD}\n", "3:3: duplicate key `list`, first given on line 2; keep one"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_review_file_that_does_not_fit_is_refused_with_its_place(reviewed, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mappings/acme/review.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        Catalog.load(tmp_path)
    assert str(caught.value) == f"mappings/acme/review.yaml:{message}"


def test_a_review_file_of_an_unknown_provider_is_refused(reviewed, tmp_path: Path) -> None:
    (tmp_path / "mappings/acne").mkdir()
    (tmp_path / "mappings/acne/review.yaml").write_text(f"crm.contacts: {{list: '{GOOD}'}}\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"^mappings/acne/review\.yaml:1:1: unknown provider 'acne'\. Did you mean 'acme'\?"):
        Catalog.load(tmp_path)
