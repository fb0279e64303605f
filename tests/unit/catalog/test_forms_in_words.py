"""What a text of a data file must look like is said in words and with an example: for every form that a file can have."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import pytest

from unified.authoring.golden.golden_files import Case
from unified.authoring.quality.quality_file import QualityFile
from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.mapping import MappingDocument, SharedDocument
from unified.catalog.provider import Provider
from unified.catalog.review import Digests
from unified.errors.configuration import CatalogError
from unified_sandbox.described.load import StandInFile

KINDS: tuple[Any, ...] = (Provider, MappingDocument, SharedDocument, Digests, QualityFile, Case, StandInFile)


def forms(info: Any, seen: set[Any]) -> Iterator[msgspec.inspect.Metadata | msgspec.inspect.StrType]:
    """Yield every text with a form of its own that is reached from a type; one without words is a bare `StrType`."""
    if isinstance(info, msgspec.inspect.Metadata):
        yield from [info] if getattr(info.type, "pattern", None) else forms(info.type, seen)
    elif isinstance(info, msgspec.inspect.StrType):
        yield from [info] if info.pattern else ()
    elif isinstance(info, msgspec.inspect.StructType):
        if info.cls not in seen:
            seen.add(info.cls)
            for field in info.fields:
                yield from forms(field.type, seen)
    else:
        parts = (getattr(info, name, ()) for name in ("types", "item_types", "item_type", "key_type", "value_type"))
        for part in parts:
            for one in part if isinstance(part, tuple) else (part,):
                yield from forms(one, seen)


ALL = {repr(one): one for kind in KINDS for one in forms(msgspec.inspect.type_info(kind), set())}


def test_forms_are_found() -> None:
    assert len(ALL) >= 6


def called(form: Any) -> str:
    return str(getattr(form, "type", form).pattern)


@pytest.mark.parametrize("form", ALL.values(), ids=called)
def test_every_form_has_words_and_an_example_that_has_it(form: Any) -> None:
    assert isinstance(form, msgspec.inspect.Metadata), f"say in `description` and `examples` what {called(form)} means"
    words = form.extra_json_schema or {}
    assert words["description"]
    assert called(form) not in words["description"]
    assert all(re.search(called(form), one) for one in words["examples"]), words


@pytest.mark.parametrize("form", ALL.values(), ids=called)
@pytest.mark.parametrize("content", ["list: ['?']\n", "values: {a: '?'}\n", "keys: {'?': x}\n", "deep: {a: {b: {'?': x}}}\n"])
def test_the_message_says_it_and_has_no_expression(form: Any, content: str) -> None:
    words = form.extra_json_schema
    text = Annotated[str, msgspec.Meta(pattern=called(form), **words)]
    kind = msgspec.defstruct(
        "File",
        [
            ("list", tuple[text, ...], ()),
            ("values", dict[str, text], {}),
            ("keys", dict[text, str], {}),
            ("deep", dict[str, dict[str, dict[text, str]]], {}),
        ],
    )
    with pytest.raises(CatalogError) as caught:
        decode(parse_source(content, name="f.yaml"), kind)
    assert str(caught.value).endswith(f": expected {words['description']}, such as `{words['examples'][0]}`, got `?`")
    assert str(caught.value).startswith(f"f.yaml:1:{content.index('?') + 1}: ")
