"""What the pages show is what comes: commands, programs and samples are run as they stand."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.conftest import plain_environment
from tests.docs.pages import ROOT, Block, blocks, commands, matches, pages
from unified.catalog.load import load_mapping, load_provider
from unified.models import model
from unified.transform.checks.check import check_mapping
from unified.transform.embedded_mapping import EmbeddedMapping
from unified.transform.mapping import Mapping

pytestmark = pytest.mark.slow

QUICK_STARTS = {"quickstart-applications.md", "quickstart-agents-and-security.md"}
DONE_ELSEWHERE = {ROOT / "CONTRIBUTING.md"}
READ = {path: list(blocks(path)) for path in pages() if path not in DONE_ELSEWHERE}
BLOCKS = [block for found in READ.values() for block in found]


def named(marks: tuple[str, ...], kind: str) -> list:
    """The blocks with one of these marks, as test parameters."""
    found = [one for one in BLOCKS if one.kind == kind and one.mark.split(":")[0] in marks]
    return [pytest.param(one, id=one.where) for one in found]


def first_calls(kind: str) -> list:
    """The programs that call the demo and are files too, which the quick start runs."""
    return [one for one in named(("demo",), kind) if ": " in one.values[0].mark]


def is_call(block: Block) -> bool:
    """Whether it calls the demo from a shell."""
    return (block.mark, block.kind) == ("demo", "console")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def came(line: str | list[str], environment: dict[str, str], folder: Path = ROOT) -> str:
    ended = subprocess.run(
        line if isinstance(line, list) else ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return ended.stdout + ended.stderr


def check_console(block: Block, environment: dict[str, str], folder: Path = ROOT) -> None:
    """Run the commands of a block in order; what one of them exports is there for the next."""
    for command in commands(block):
        if command.line.startswith("export "):
            name, _, value = command.line.removeprefix("export ").partition("=")
            environment[name] = came(f"printf %s {value}", environment, folder)
            continue
        printed = came(command.line, environment, folder)
        assert matches(command.prints, printed), (
            f"{command.where}: `{command.line}` prints\n{printed}\nthe page shows\n{command.prints}"
        )


@pytest.mark.parametrize("block", named(("",), "console"))
def test_commands_print_what_the_page_shows(block: Block) -> None:
    check_console(block, plain_environment())


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages call the demo with curl, which is not installed")
@pytest.mark.parametrize("page", [path for path, found in READ.items() if any(is_call(one) for one in found)], ids=shown)
def test_calls_of_the_demo_print_what_the_page_shows(page: Path, demo: dict[str, str], tmp_path: Path) -> None:
    check_calls(page, demo, tmp_path)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages call the demo with curl, which is not installed")
@pytest.mark.parametrize("page", [path for path in READ if path.name in QUICK_STARTS], ids=shown)
def test_a_quick_start_can_be_run_again(page: Path, demo: dict[str, str], tmp_path: Path) -> None:
    """A reader starts again after a mistake: the calls of the test above were made already, to the same demo."""
    check_calls(page, demo, tmp_path)


def check_calls(page: Path, demo: dict[str, str], folder: Path) -> None:
    """Make a page's calls in order, in a folder of their own, in which they leave nothing."""
    environment = dict(demo)
    (folder / "docs").symlink_to(ROOT / "docs")  # pages run their examples from the project's folder
    for block in filter(is_call, READ[page]):
        check_console(block, environment, folder)
    assert [one.name for one in folder.iterdir()] == ["docs"], "a page leaves files, which may hold keys"


def prints(block: Block) -> str:
    """The block after a program, which says what it prints."""
    after = BLOCKS[BLOCKS.index(block) + 1]
    assert after.mark == "prints", f"{block.where}: no block marked `prints` follows"
    return after.text


@pytest.mark.parametrize("block", named(("run",), "python"))
def test_programs_print_what_the_page_shows(block: Block) -> None:
    printed = came([sys.executable, "-c", block.text], plain_environment())
    assert matches(prints(block), printed), printed


@pytest.mark.parametrize("block", named(("demo",), "python"))
def test_programs_for_the_demo_print_what_the_page_shows(block: Block, demo: dict[str, str]) -> None:
    for _ in range(2):
        printed = came([sys.executable, "-c", block.text], demo)
        assert matches(prints(block), printed), printed


@pytest.mark.parametrize("block", named(("same",), "json"))
def test_shown_files_are_the_files(block: Block) -> None:
    file = ROOT / block.mark.removeprefix("same: ")
    assert json.loads(block.text) == json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("block", [*named(("same",), "python"), *first_calls("python"), *first_calls("typescript")])
def test_shown_programs_are_the_files(block: Block) -> None:
    assert block.text == (ROOT / block.mark.partition(": ")[2]).read_text(encoding="utf-8")


def test_every_example_for_agents_is_shown_and_run() -> None:
    files = {shown(path) for path in (ROOT / "docs/examples/agents").glob("*.py")}
    assert {one.values[0].mark.removeprefix("same: ") for one in named(("same",), "python")} == files
    run = {command.line for one in named(("demo",), "console") for command in commands(one.values[0])}
    assert {f"python {file}" for file in files} <= run


@pytest.mark.parametrize("block", [pytest.param(one, id=one.where) for one in BLOCKS if one.kind == "json"])
def test_json_is_json(block: Block) -> None:
    json.loads(block.text.replace("…", ""))


def test_something_of_each_kind_is_run() -> None:
    assert named(("",), "console")
    assert named(("demo",), "console")
    assert named(("run",), "python")
    assert named(("demo",), "python")
    assert named(("same",), "json")
    assert len(first_calls("python")) == len(first_calls("typescript")) == 1


def opened(block: Block, folder: Path) -> EmbeddedMapping:
    """A mapping that a page shows whole, loaded and checked as an installed one."""
    provider, model_id = block.mark.removeprefix("mapping: ").split()
    path = folder / "mappings" / provider / f"{model_id}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(block.text, encoding="utf-8")
    known = load_provider(ROOT / "providers" / f"{provider}.yaml")
    mapping = Mapping(load_mapping(path, {provider: known}), known, model(model_id))
    check_mapping(mapping)
    return EmbeddedMapping(mapping)


@pytest.mark.parametrize("block", named(("mapping",), "yaml"))
def test_mappings_shown_whole_load(block: Block, tmp_path: Path) -> None:
    assert opened(block, tmp_path).compiled.methods


def test_the_mapping_of_the_readme_maps_the_sample_of_the_readme(tmp_path: Path) -> None:
    (block,) = (one for one in READ[ROOT / "README.md"] if one.mark.startswith("mapping:"))
    sample = json.loads((ROOT / "docs/examples/hubspot-contacts.json").read_text(encoding="utf-8"))
    mapping = opened(block, tmp_path)
    (record,) = mapping.read(sample)
    assert (record["name"], record["emails"][0]["email"]) == ("Ada Lovelace", "ada@engines.example")
    assert record["custom_fields"]["favourite_engine"] == "analytical"
    assert mapping.call("list", {"updated_after": "2026-11-01T00:00:00Z"}).path.endswith("/search")


@pytest.mark.parametrize("path", sorted((ROOT / "docs/examples").glob("*.json")), ids=lambda path: path.name)
def test_examples_are_json(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8"))
