"""Conversion of YAML content into frozen structs; errors give line, column and the known names."""

import re
from typing import Any, TypeVar

import msgspec

from unified.catalog.files.old_words import renamed_key
from unified.catalog.files.source import DocumentPath, Source
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion

T = TypeVar("T")
_AT = re.compile(r" - at `(?P<path>.*)`$")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+|\.\.\.)\]")
_MISSING = re.compile("Object missing required field")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_FORM = re.compile(r"Expected `str` matching regex '.*'(?P<key> - at `key` in)?", re.DOTALL)


def decode(source: Source, kind: type[T]) -> T:
    """Decode a file into a struct or a dictionary.

    Raises:
        CatalogError: Something does not fit; the message gives the place, what was expected and what came.
    """
    if not isinstance(source.content, dict):
        raise source.error((), f"expected a mapping of keys, got {shape_of(source.content)}")
    try:
        return msgspec.convert(source.content, kind)
    except msgspec.ValidationError as problem:
        raise _explain(source, kind, str(problem)) from None


def shape_of(value: Any) -> str:
    """Return the name of a JSON value's type, for messages."""
    names = {dict: "object", list: "array", str: "text", bool: "boolean", int: "integer", float: "number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _explain(source: Source, kind: type, message: str) -> CatalogError:
    place, info, content = _walk(source.content, msgspec.inspect.type_info(kind), message)
    form = _FORM.match(message)
    if form is not None:
        return _misnamed(source, place, info, content) if form["key"] else source.error(place, _form(place, info, content))
    text = _AT.sub("", message)
    unknown = _UNKNOWN.search(text)
    if unknown is None:
        name = ".".join(str(step) for step in place) or "the file"
        rule = LoadRule.MISSING_KEY if _MISSING.search(text) else LoadRule.FILE
        return source.error(place, f"{name}: {_lower(text)}{_choices(info, content)}", rule=rule)
    name = unknown["name"]
    known = _names(info)
    reason = _renamed(info, name) or f"unknown key `{name}`.{suggestion(name, known, 'Known keys')}"
    return source.error((*place, name), reason, key=True, rule=LoadRule.UNKNOWN_KEY)


def _misnamed(source: Source, place: DocumentPath, info: Any, content: Any) -> CatalogError:
    """Return the error for the first key that does not have the form that keys have here."""
    name = next(key for key in content if not _fits(info.key_type, key))
    return source.error((*place, name), _form(place, info.key_type, name), key=True)


def _form(place: DocumentPath, info: Any, content: Any) -> str:
    """Say in words what a text must look like; most authors do not read expressions."""
    words = info.extra_json_schema
    name = ".".join(str(step) for step in place)
    return f"{name}: expected {words['description']}, such as `{words['examples'][0]}`, got `{content}`"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _choices(info: Any, content: Any) -> str:
    """Return the allowed values of a closed list, as the end of a message; empty where any text is allowed."""
    words = [str(value) for value in info.values] if isinstance(info, msgspec.inspect.LiteralType) else []
    return f".{suggestion(str(content), words)}" if words else ""


def _walk(content: Any, info: Any, message: str) -> tuple[DocumentPath, Any, Any]:
    """Follow the path at the end of msgspec's message; return the place, what is expected there, and its content."""
    path = _AT.search(message)
    place: list[str | int] = []
    info = _chosen(info, content)
    for step in _STEP.finditer(path["path"] if path else ""):
        resolved = _resolve(content, info, step["name"], step["index"])
        if resolved is None:
            break
        place.append(resolved)
        content = content[resolved]
        info = _chosen(_child(info, resolved), content)
    return tuple(place), info, content


def _resolve(content: Any, info: Any, name: str | None, index: str | None) -> str | int | None:
    if name is not None:
        return name if isinstance(content, dict) and name in content else None
    if isinstance(content, list) and index != "...":
        return int(index or 0)
    # msgspec writes `[...]` for "some value of this mapping": the first one that does not fit.
    if isinstance(content, dict) and isinstance(info, msgspec.inspect.DictType):
        return next((key for key, value in content.items() if not _fits(info.value_type, value)), None)
    return None


def _fits(info: Any, value: Any) -> bool:
    """Return whether a value of a mapping with free keys (calls, settings, texts, lists of texts) has its type."""
    if isinstance(info, msgspec.inspect.Metadata):
        return _fits(info.type, value)
    if isinstance(info, msgspec.inspect.StructType):
        try:
            msgspec.convert(value, info.cls)
        except msgspec.ValidationError:
            return False
        return True
    if isinstance(info, msgspec.inspect.VarTupleType):
        return isinstance(value, list) and all(_fits(info.item_type, one) for one in value)
    if isinstance(info, msgspec.inspect.DictType):
        parts = value.items() if isinstance(value, dict) else ()
        return isinstance(value, dict) and all(_fits(info.key_type, key) and _fits(info.value_type, one) for key, one in parts)
    if isinstance(info, msgspec.inspect.UnionType):
        return any(_fits(one, value) for one in info.types)
    pattern = getattr(info, "pattern", None)
    return isinstance(value, str) and (pattern is None or re.search(pattern, value) is not None)


def _names(info: Any) -> tuple[str, ...]:
    """Return the keys of the struct that is expected in a place."""
    if not isinstance(info, msgspec.inspect.StructType):
        return ()
    tag = (info.tag_field,) if info.tag_field else ()
    return tag + tuple(field.encode_name for field in info.fields)


def _renamed(info: Any, name: str) -> str | None:
    return renamed_key(info.cls.__name__, name) if isinstance(info, msgspec.inspect.StructType) else None


def _chosen(info: Any, content: Any) -> Any:
    """Return the part of a union that the content is meant to be: by its tag, or the only one that is not null."""
    if not isinstance(info, msgspec.inspect.UnionType):
        return info
    parts = [part for part in info.types if not isinstance(part, msgspec.inspect.NoneType)]
    parts = [part for part in parts if isinstance(part, msgspec.inspect.StructType) == isinstance(content, dict)] or parts
    tagged = content if isinstance(content, dict) else {}
    return next((part for part in parts if len(parts) == 1 or tagged.get(_tag_field(part)) == _tag(part)), info)


def _tag_field(info: Any) -> str | None:
    return getattr(info, "tag_field", None)


def _tag(info: Any) -> Any:
    return getattr(info, "tag", None)


def _child(info: Any, step: str | int) -> Any:
    if isinstance(info, msgspec.inspect.UnionType) and all(_tag_field(part) == step for part in info.types):
        return msgspec.inspect.LiteralType(values=tuple(_tag(part) for part in info.types))
    if isinstance(info, msgspec.inspect.StructType):
        return next((field.type for field in info.fields if field.encode_name == step), None)
    if isinstance(info, msgspec.inspect.DictType):
        return info.value_type
    if isinstance(info, msgspec.inspect.VarTupleType):
        return info.item_type
    return None
