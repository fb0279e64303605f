"""The generated files of the clients are current, and both languages have the same names."""

import ast
import json
import re
from collections.abc import Callable
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import msgspec
import pytest

import unified_client
from clients.generate.error_classes import error_classes
from clients.generate.files import FROM_SYNC, generated, stale, write
from clients.generate.operations import operations
from clients.generate.paths import FOLDER, PYTHON, TYPESCRIPT
from clients.generate.typescript_api import FLAGS, typescript_table
from unified.api.server import route_table
from unified.app.application import HANDLERS
from unified.models import MODELS
from unified.version import __version__
from unified_client import Answer, _async_api, _sync_api, errors, management

SOURCES = {
    "python": list((FOLDER / PYTHON).glob("*.py")),
    "typescript": list((FOLDER / "typescript/src").glob("*.ts")),
}


FILES = cache(generated)


def test_generated_files_are_current() -> None:
    assert stale(FILES()) == [], "run `make clients`"


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    assert write(FILES(), tmp_path) == [*FILES()]
    changed = tmp_path / PYTHON / "crm.py"
    changed.write_text("", encoding="utf-8")
    assert write(FILES(), tmp_path) == [f"{PYTHON}/crm.py"]
    assert stale(FILES(), tmp_path) == []
    assert not [*tmp_path.rglob("*.part")]


def test_git_has_no_generated_file_but_those_that_carry_the_version() -> None:
    ignored = pathspec(*(FOLDER.parent / ".gitignore").read_text(encoding="utf-8").splitlines())
    kept = {path for path in FILES() if not ignored(f"/clients/{path}")}
    assert kept == {f"{PYTHON}/version.py", "typescript/package.json"}


def pathspec(*patterns: str) -> Callable[[str], bool]:
    """Whether git ignores a path, by those patterns that begin at the top."""
    top = [one for one in patterns if one.startswith("/")]
    return lambda path: any(path.startswith(one) if one.endswith("/") else fnmatch(path, one) for one in top)


def code_lines(path: Path) -> int:
    """Lines that run: no blank ones, comments, docstrings, imports, or (in TypeScript) types, which are gone when it runs."""
    return _python_lines(path) if path.suffix == ".py" else _typescript_lines(path.read_text(encoding="utf-8"))


def _python_lines(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    numbered = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and line.strip()[0] != "#" and number not in skipped for number, line in numbered)


def _typescript_lines(text: str) -> int:
    patterns = (
        r"/\*\*.*?\*/",
        r"^(import|export \{|export type \*|export \*)[^;]*;",
        r"^(export )?interface [^\n]*(\{\}|\{\n.*?\n\})",
        r"^(export )?type [^;]*;",
        r"^\s*//.*?$",
    )
    for pattern in patterns:
        text = re.sub(pattern, "", text, flags=re.MULTILINE | re.DOTALL)
    return sum(bool(line.strip()) for line in text.splitlines())


@pytest.mark.parametrize("language", SOURCES)
def test_the_runtime_written_by_hand_is_at_most_600_lines_of_code(language: str) -> None:
    made = {path.rsplit("/", 1)[1] for path in FILES() if path.startswith(language)}
    counts = {path.name: code_lines(path) for path in SOURCES[language] if path.name not in {*made, "__init__.py"}}
    assert counts
    assert sum(counts.values()) <= 600, counts


def test_both_clients_have_the_version_of_the_service() -> None:
    package = json.loads((FOLDER / "typescript/package.json").read_text(encoding="utf-8"))
    assert unified_client.VERSION == package["version"] == __version__


def interfaces() -> dict[str, set[str]]:
    """The names that each interface of the TypeScript client has."""
    text = (FOLDER / TYPESCRIPT / "api.ts").read_text(encoding="utf-8")
    bodies = re.findall(r"export interface (\w+) \{\n(.*?)\n\}", text, re.DOTALL)
    return {name: set(re.findall(r"^  (?:readonly )?(\w+)[(:]", body, re.MULTILINE)) for name, body in bodies}


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_all_three_clients_have_the_same_methods() -> None:
    for module in (_sync_api, _async_api):
        classes = {
            name: public(one)
            for name, one in vars(module).items()
            if isinstance(one, type) and one.__module__ == module.__name__
        }
        assert classes == interfaces()


def test_every_model_and_method_is_there() -> None:
    found = interfaces()
    for one in MODELS.values():
        name = "".join(part.capitalize() for part in f"{one.category}_{one.plural}".split("_"))
        assert {*one.operations, *one.custom} <= found[name], one.id


def test_every_route_for_keys_is_an_operation_of_a_resource() -> None:
    table = {
        (method, re.sub(r":\w+\}", "}", one.path))
        for one in route_table(HANDLERS)
        if one.declared.access == "key" and not one.declared.template and not one.path.startswith("/proxy")
        for method in one.methods
    }
    assert {(one.http, one.path) for one in operations()} == table


@pytest.mark.parametrize("flag", FLAGS)
def test_a_path_with_a_flag_of_the_table_is_refused(flag: str) -> None:
    """The TypeScript runtime would end the path there."""
    one = msgspec.structs.replace(operations()[0], path=f"/accounts/what{flag}if")
    with pytest.raises(ValueError, match=re.escape(f"/accounts/what{flag}if: expected none of {FLAGS} in a path")):
        typescript_table([one])


def test_every_error_of_the_service_has_a_class() -> None:
    codes = {one.code for one in error_classes()} - {None}
    assert set(errors.BY_CODE) == codes
    text = (FOLDER / TYPESCRIPT / "errors.ts").read_text(encoding="utf-8")
    assert all(f'"{code}"' in text for code in codes)


def test_the_asynchronous_form_waits_for_everything_that_does_input_and_output() -> None:
    for name, to in FROM_SYNC.items():
        text = FILES()[f"{PYTHON}/{to}"]
        assert "time.sleep" not in text.replace("asyncio.sleep", "")
        for call in re.findall(
            r"self\._http\.(?:send|aclose)|asyncio\.sleep|self\._sender\.run|self\._send\(|self\.answer\(", text
        ):
            assert all(
                line.lstrip().startswith(("async def", "def")) or "await" in line for line in text.splitlines() if call in line
            ), (name, call)


def test_records_take_words_fields_and_nulls_that_are_not_known() -> None:
    from unified_client import crm, hris, ticketing

    modules = {"crm": crm, "hris": hris, "ticketing": ticketing}
    for model in MODELS.values():
        kind = getattr(modules[model.category], model.struct.__name__)
        record = {one.name: _odd(one) for one in model.fields} | {"a_field_of_tomorrow": {"x": [1]}}
        found = msgspec.json.decode(msgspec.json.encode(record), type=kind)
        for field in model.fields:
            if field.kind == "enum":
                assert getattr(found, field.name) == "a_word_of_tomorrow", f"{model.id}.{field.name}"
        sparse = msgspec.json.decode(b'{"id": "7"}', type=kind)
        assert sparse.id == "7"
        nothing = {
            one.name: [] if one.is_list else {} if one.kind == "map" and one.name != "remote_data" else None
            for one in model.fields
        }
        assert msgspec.json.decode(msgspec.json.encode(nothing | {"id": "7"}), type=kind).id == "7", model.id


def _odd(field):
    """A value with words and fields that no client knows yet."""
    if field.nested and field.struct in {one.struct for one in MODELS.values()}:
        return [{"id": "1"}] if field.is_list else {"id": "1"}
    if field.nested:
        one = {inner.name: _odd(inner) for inner in field.nested} | {"a_field_of_tomorrow": 1}
        return [one] if field.is_list else one
    values = {"integer": 7, "number": 7.5, "boolean": True, "map": {"x": None}, "any": [1], "enum": "a_word_of_tomorrow"}
    value = values.get(field.kind, "text")
    return [value] if field.is_list else value


@pytest.mark.parametrize(
    ("kind", "secrets"),
    [("KeyCreated", {"key"}), ("WebhookCreated", {"secret"}), ("LinkCreated", {"url"}), ("McpServerCreated", {"token", "url"})],
)
def test_what_is_shown_once_is_not_printed(kind: str, secrets: set[str]) -> None:
    """Logs and error reports print whole objects."""
    found = msgspec.convert(
        {"id": "x_1", "config": {}, "limits": {}} | dict.fromkeys(secrets, "hush"), getattr(management, kind)
    )
    assert {getattr(found, one) for one in secrets} == {"hush"}
    printed = repr(found) + str(found) + repr([found]) + repr(list(found.__rich_repr__()))
    assert "hush" not in printed
    assert f"{kind}(id='x_1'" in printed


def test_nothing_else_is_shown_once() -> None:
    created = {name for name in vars(management) if name.endswith("Created")}
    assert created == {"KeyCreated", "WebhookCreated", "LinkCreated", "McpServerCreated"}


def test_a_raw_answer_is_printed_without_what_it_holds() -> None:
    answer = Answer(status=200, headers={"x": "hush"}, content=b"hush", request_id="req_1")
    error = errors.UnreadableAnswer(management.Problem(code="c", detail="d"), answer)
    assert "hush" not in repr(answer) + repr(list(answer.__rich_repr__())) + repr(error) + str(error)
    assert "req_1" in repr(answer)
