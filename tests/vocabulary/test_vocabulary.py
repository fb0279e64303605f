"""Every word of the data files has a user: an installed provider, or `everyling`, which is invented and has the rest.

A key, a type or a function that nothing uses is not known to work, and is one more to learn: use it in a provider, or remove it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from unified.authoring.golden.golden import run_path
from unified.authoring.golden.golden_files import golden_paths
from unified.authoring.lint.lint import lint
from unified.catalog.files.source import read_source
from unified.catalog.filter_rows import DialectName
from unified.catalog.load import installed_folder
from unified.catalog.mapping import Call, MappingDocument, SharedDocument
from unified.catalog.paths import mapping_paths, provider_paths
from unified.catalog.provider import PaginationType, Provider, Received, Sent
from unified.transform.checks.check_expressions import SCOPES
from unified.transform.compilation.compile import OWN_FUNCTIONS
from unified.transform.functions import FUNCTIONS

EVERYLING = Path(__file__).parent / "catalog"
CHECKOUT = Path(__file__).parents[2]
ROOTS = {"provider": Provider, "mapping": MappingDocument, "shared": SharedDocument}
LISTED = {words: words.__args__ for words in (PaginationType, DialectName, Sent, Received)}
"""Closed lists of which each word is a way to talk to a product, so that each needs a user as a key does."""
NAMES = frozenset().union(*SCOPES.values()) | {"filters", "answer", "one", "page", "version", "order"}
StructType, UnionType = msgspec.inspect.StructType, msgspec.inspect.UnionType


def files() -> Iterator[tuple[str, Path]]:
    for folder in (installed_folder(), EVERYLING):
        yield from (("provider", path) for path in provider_paths(folder))
        yield from (("mapping", path) for path in mapping_paths(folder))
        yield from (("shared", path) for path in (folder / "mappings").glob("*/_shared.yaml"))


def parts(info: Any) -> tuple[Any, ...]:
    return info.types if isinstance(info, UnionType) else (info,)


def declared(info: Any, seen: dict[type, Any]) -> None:
    """Collect the structs that decode a kind of file."""
    for part in parts(info):
        if isinstance(part, StructType) and part.cls not in seen:
            seen[part.cls] = part
            for field in part.fields:
                declared(field.type, seen)
        for inner in ("value_type", "item_type"):
            if hasattr(part, inner):
                declared(getattr(part, inner), seen)


def used(info: Any, content: Any) -> Iterator[str]:
    """Yield the words that a part of a file uses."""
    for part in parts(info):
        if isinstance(part, StructType) and isinstance(content, dict) and content.get(part.tag_field, part.tag) == part.tag:
            yield from (f"{part.cls.__name__}: {part.tag}",) if part.tag else ()
            for field in part.fields:
                if content.get(field.encode_name) is not None:
                    yield f"{part.cls.__name__}.{field.encode_name}"
                    yield from used(field.type, content[field.encode_name])
        elif isinstance(part, msgspec.inspect.DictType) and isinstance(content, dict):
            for one in content.values():
                yield from used(part.value_type, one)
        elif isinstance(part, msgspec.inspect.VarTupleType) and isinstance(content, list):
            for one in content:
                yield from used(part.item_type, one)
        elif isinstance(part, msgspec.inspect.LiteralType) and content in part.values:
            yield from (f"word: {content}" for words in LISTED.values() if set(part.values) <= set(words))


def test_every_key_and_type_has_a_user() -> None:
    infos = {kind: msgspec.inspect.type_info(root) for kind, root in ROOTS.items()}
    structs: dict[type, Any] = {}
    for info in infos.values():
        declared(info, structs)
    every = {f"{cls.__name__}.{field.encode_name}" for cls, info in structs.items() for field in info.fields}
    every |= {f"{cls.__name__}: {info.tag}" for cls, info in structs.items() if info.tag}
    every |= {f"word: {word}" for words in LISTED.values() for word in words}
    found: set[str] = set()
    for kind, path in files():
        content = read_source(path).content
        found |= set(used(infos[kind], content))
        for shared in content.get("mappings", {}).values() if kind == "shared" else ():
            found |= set(used(infos["mapping"], shared))
    assert len(every) > 150
    assert sorted(every - found) == []


def test_every_function_and_name_has_a_user() -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for _, path in files())
    names = {*FUNCTIONS, *OWN_FUNCTIONS, *NAMES}
    assert sorted(name for name in names if re.search(rf"\${name}\b", texts) is None) == []


def test_the_vocabulary_does_not_grow_unnoticed() -> None:
    """Whoever adds a word changes these figures, and says in the commit why no other word does."""
    assert len(msgspec.structs.fields(MappingDocument)) == 30
    assert len(msgspec.structs.fields(Call)) == 34
    assert len(NAMES | OWN_FUNCTIONS) == 20


def test_everyling_is_without_a_fault() -> None:
    assert [str(one) for one in lint(EVERYLING)] == []
    results = [one for path in golden_paths(EVERYLING, EVERYLING) for one in run_path(EVERYLING, path)]
    assert len(results) > 10
    assert [one.id for one in results if one.problem is not None] == []


@pytest.mark.slow
def test_the_laws_hold_for_everyling(tmp_path) -> None:
    environment = {**os.environ, "UNIFIED_CATALOG": str(EVERYLING), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path}/base", "tests/conformance"]
    ended = subprocess.run(words, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    assert re.search(r"\d{2} passed", ended.stdout)
