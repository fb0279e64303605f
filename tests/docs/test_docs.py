"""Nothing that a user can meet is missing from the pages, and no link leads nowhere."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

from tests.cases import each
from tests.docs.pages import FENCE, ROOT, anchors, blocks, pages
from tests.routes import ROUTE_TABLE
from unified.authoring.golden.golden import run_path
from unified.authoring.golden.golden_files import read_golden
from unified.authoring.lint.all_rules import RULES
from unified.authoring.lint.rules.style_rules import keys_of
from unified.catalog.mapping import Call, MappingDocument
from unified.cli.main import app
from unified.errors.error import UnifiedError
from unified.models import MODELS
from unified.service.access.scope.scopes import Scope
from unified.settings.table import SETTINGS
from unified.transform.functions import FUNCTIONS
from unified.transform.queries.pagination import TYPES
from unified.transform.queries.query import OPERATORS
from unified.transform.queries.query_reading import PARAMETERS
from unified.transport.auth import KEYS as CREDENTIALS

LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\((?P<target>[^)\s]+)\)")
NAMES_IN_FILE = re.compile(r"(?P<names>(?:`@?[\w.]+`(?:, | and | ))+)in \[[^\]]+\]\((?P<file>[^)\s#]+\.py)\)")
FRAMEWORK_NAMES = {"third": "id", "fourth": "method", "rest": "path"}
"""Path parameters of the router → what pages call them."""
MAX_README = 205


def links() -> list:
    found = []
    for page in pages():
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        targets = {one["target"] for one in LINK.finditer(text)} - {"target"}
        own = sorted(one for one in targets if not re.match(r"[a-z]+:", one))
        found += [pytest.param(page, one, id=f"{page.relative_to(ROOT)}->{one}") for one in own]
    return found


@each(("page", "target"), links())
def test_relative_links_lead_somewhere(page: Path, target: str) -> None:
    place, _, anchor = target.partition("#")
    file = (page.parent / unquote(place)).resolve() if place else page
    assert file.exists(), f"{target}: no such file"
    assert not anchor or anchor in anchors(file), f"{target}: no such heading. Headings: {sorted(anchors(file))}"


def test_pages_show_every_picture_that_there_is_and_no_other() -> None:
    shown = {
        page.parent / one["target"]
        for page in pages()
        for one in PICTURE.finditer(FENCE.sub("", page.read_text(encoding="utf-8")))
    }
    assert shown == set((ROOT / "docs/images").iterdir())


def places() -> list:
    """`name` in [file.py](path): the name is one of that file's."""
    found = []
    for page in pages():
        text = " ".join(FENCE.sub("", page.read_text(encoding="utf-8")).split())
        for one in NAMES_IN_FILE.finditer(text):
            names = re.findall(r"`@?([\w.]+)`", one["names"])
            file = page.parent / unquote(one["file"])
            found += [pytest.param(file, name, id=f"{page.relative_to(ROOT)}->{name}") for name in names]
    return found


@each(("file", "name"), places())
def test_names_said_to_stand_in_a_file_stand_there(file: Path, name: str) -> None:
    last = name.rpartition(".")[2]
    assert re.search(rf"^\s*(?:(?:async )?def|class) {last}\b|^{last}\b.* = ", file.read_text(encoding="utf-8"), re.MULTILINE)


def test_such_names_are_found() -> None:
    assert {one.values[1] for one in places()} >= {"open_call", "list_request", "Client.send", "TYPES", "SIGNERS"}


@cache
def docs() -> str:
    """The text of every page in docs/."""
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").rglob("*.md")))


def is_named(name: str) -> bool:
    """Whether a page of docs/ has the name as code, alone or at the beginning of it."""
    return re.search(rf"`{re.escape(name)}(?![\w-])", docs()) is not None


def codes() -> list[str]:
    found, left = set(), [UnifiedError]
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        found.add(kind.code)
    return sorted(found)


def command_names() -> list[str]:
    def walk(words: str, command: object) -> list[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            return [words]
        return [one for name, child in inner.items() for one in walk(f"{words} {name}", child)]

    return walk("unified", typer.main.get_command(app))


def route_paths() -> list[str]:
    def shown(path: str) -> str:
        return re.sub(r"\{(\w+):\w+\}", lambda found: "{" + FRAMEWORK_NAMES.get(found[1], found[1]) + "}", path)

    return sorted({shown(route.path) for route in ROUTE_TABLE})


@each("name", [one.name for one in SETTINGS])
def test_settings_are_named(name: str) -> None:
    assert is_named(name)


@each("code", codes())
def test_error_codes_are_named(code: str) -> None:
    assert is_named(code)


@each("code", [one.code for one in RULES])
def test_lint_rules_are_named(code: str) -> None:
    assert re.search(rf"^\| `?{code}`? \|", (ROOT / "docs/reference/lint.md").read_text(encoding="utf-8"), re.MULTILINE)


@each("name", command_names())
def test_commands_are_named(name: str) -> None:
    assert is_named(name)


@each("path", route_paths())
def test_routes_are_named(path: str) -> None:
    assert is_named(path)


@each("name", sorted(FUNCTIONS))
def test_functions_are_named(name: str) -> None:
    assert is_named(f"${name}")


@each("name", sorted({*TYPES, *CREDENTIALS}))
def test_pagination_and_auth_types_are_named(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", (ROOT / "docs/provider-files.md").read_text(encoding="utf-8"), re.MULTILINE)


@each("name", [one.partition("[")[0] for one in PARAMETERS])
def test_query_parameters_are_named(name: str) -> None:
    assert re.search(rf"`{name}[`\[=]", (ROOT / "docs/quickstart-applications.md").read_text(encoding="utf-8"))


@each("name", OPERATORS)
def test_filter_operators_are_named(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/quickstart-applications.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", [one for one in Scope.__struct_fields__ if one != "fields"] + ["fields.hide", "fields.classes"]
)
def test_keys_of_a_scope_are_named(name: str) -> None:
    page = (ROOT / "docs/quickstart-agents-and-security.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page


@each("tag", sorted({tag for model in MODELS.values() for tag in model.tags}))
def test_tags_are_named(tag: str) -> None:
    assert f"`{tag}`" in (ROOT / "docs/quickstart-agents-and-security.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("words", "kind"), [("Of the file: ", MappingDocument), ("Of a call: ", Call)])
def test_the_guide_states_the_order_of_keys(words: str, kind: type) -> None:
    page = (ROOT / "docs/mapping-files.md").read_text(encoding="utf-8")
    stated = page.partition(words)[2].partition(". ")[0]
    assert tuple(re.findall(r"`(\w+)`", stated)) == keys_of(kind)


def test_the_readme_is_short_without_the_table_of_providers() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    written, _, table = text.partition("<!-- providers -->")
    assert len((written + table.partition("<!-- /providers -->")[2]).splitlines()) < MAX_README


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(one, id=one.where)
        for page in pages()
        for one in blocks(page)
        if one.kind == "yaml" and one.mark.startswith("case:")
    ],
)
def test_golden_cases_of_the_pages_hold(block, tmp_path: Path) -> None:
    provider, model_id = block.mark.removeprefix("case: ").split()
    for name in (f"providers/{provider}.yaml", f"mappings/{provider}/_shared.yaml", f"mappings/{provider}/{model_id}.yaml"):
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    path = tmp_path / "mappings" / provider / f"{model_id}.test.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert read_golden(path).cases
    assert [one.problem for one in run_path(tmp_path, path)] == [None] * len(read_golden(path).cases)
