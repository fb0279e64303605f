"""Reads the texts below the attributes of structs in the code, so that the document describes them too."""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from types import ModuleType

import msgspec

from unified.api.openapi.schemas.normal_form import Schema

Texts = Mapping[str, str]


def with_texts(schemas: Mapping[str, Schema], structs: tuple[type[msgspec.Struct], ...]) -> dict[str, Schema]:
    """Return schemas of structs, by their names, with the texts of their attributes; a reference keeps that of its type."""
    found = {one.__name__: attribute_texts(one) for one in structs}
    return {name: _with_texts(schema, found.get(name, {})) for name, schema in schemas.items()}


def attribute_texts(struct: type) -> dict[str, str]:
    """Return the first paragraph below each attribute of a struct and its bases, by the names of JSON."""
    found: dict[str, str] = {}
    for one in reversed(struct.__mro__):
        module = inspect.getmodule(one)
        if module is not None and issubclass(one, msgspec.Struct) and one is not msgspec.Struct:
            found |= _texts_of(module).get(one.__qualname__, {})
    names = {one.name: one.encode_name for one in msgspec.structs.fields(struct)}
    return {names[attribute]: text for attribute, text in found.items() if attribute in names}


def _with_texts(schema: Schema, texts: Texts) -> Schema:
    own = schema.get("properties", {})
    described = {key: {"description": texts[key], **one} for key, one in own.items() if key in texts and "$ref" not in one}
    return {**schema, "properties": {**own, **described}} if described else schema


@cache
def _texts_of(module: ModuleType) -> dict[str, Texts]:
    """Return the texts of all classes at the top of a module."""
    return {one.name: _below(one) for one in ast.parse(inspect.getsource(module)).body if isinstance(one, ast.ClassDef)}


def _below(node: ast.ClassDef) -> Texts:
    """Return the text that follows each annotated attribute."""
    found = {}
    for one, following in zip(node.body, node.body[1:], strict=False):
        text = _text(following)
        if text is not None and isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            found[one.target.id] = text
    return found


def _text(node: ast.stmt) -> str | None:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return " ".join(inspect.cleandoc(node.value.value).partition("\n\n")[0].split()) if is_text else None  # type: ignore[attr-defined]
