"""References of a mapping file to its provider's shared file, replaced by what they mean before anything is decoded.

What follows, from the structs to the analysis of expressions, sees one complete file; `Source.origins` keeps where its parts
were written.
"""

import re
from typing import Any

import msgspec

from unified.catalog.definitions import check_definitions, definitions_of
from unified.catalog.files.composition import Text, filled, needed, with_definitions, written
from unified.catalog.files.decode import shape_of
from unified.catalog.files.source import DocumentPath, Origin, Source
from unified.catalog.mapping import CALL_TABLES, CALLS, EXPRESSIONS, INNER_CALLS, SharedFile
from unified.errors.load_rule import LoadRule
from unified.errors.names import did_you_mean, known_names

VALUE = re.compile(r"[A-Za-z0-9_.,/{} -]*")
"""The allowed content of a placeholder's value: words, paths and lists of them, nothing that could end a text."""

_ENUM = re.compile(r"""\$to(?:Common|Native)\(\s*["'](?P<name>[^"']+)["']""")

_ORDER = re.compile(r"\$order\b")
SENT = ("query", "headers", "body")
"""The parts of a request that can hold an order."""


class Expanded(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping file without references."""

    source: Source
    used: frozenset[tuple[str, str]]
    """The places of the shared file that it used, such as `("calls", "search")`."""


def expand(source: Source, shared: SharedFile | None) -> Expanded:
    """Return a mapping file with its references replaced.

    Raises:
        CatalogError: A name is unknown, a parameter has no value or none uses it; the message gives the place.
    """
    if not isinstance(source.content, dict):
        return Expanded(source=source, used=frozenset())
    expansion = _Expansion(source, shared)
    content = expansion.document(source.content)
    return Expanded(
        source=msgspec.structs.replace(source, content=content, origins=expansion.origins),
        used=frozenset(expansion.used - expansion.own),
    )


class _Parameters:
    """The values that placeholders have in one call, those of its file among them, and which of them were used."""

    def __init__(self, given: dict[str, str], outer: "_Parameters | None" = None) -> None:
        self.given = given
        self.outer = outer
        self.used: set[str] = set()

    def find(self, name: str) -> str | None:
        if name in self.given:
            self.used.add(name)
            return self.given[name]
        return self.outer.find(name) if self.outer is not None else None

    def names(self) -> frozenset[str]:
        return frozenset(self.given) | (self.outer.names() if self.outer is not None else frozenset())


class _Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is written, where it will be read, and the values of its placeholders."""

    source: Source
    place: DocumentPath
    at: DocumentPath
    parameters: _Parameters
    inside: tuple[tuple[str, str], ...] = ()
    """The shared mappings and calls that it is part of; none for what the file itself says, which has no placeholders."""

    def down(self, *steps: str | int) -> "_Spot":
        return msgspec.structs.replace(self, place=(*self.place, *steps), at=(*self.at, *steps))


class _Expansion:
    """The expansion of one file; collects where its parts were written and what it used."""

    def __init__(self, source: Source, shared: SharedFile | None) -> None:
        self.source = source
        self.shared = shared
        self.definitions = definitions_of(shared.source) if shared is not None else {}
        self.origins: dict[DocumentPath, Origin] = {}
        self.used: set[tuple[str, str]] = set()
        self.own: set[tuple[str, str]] = set()
        self._named: set[str] = set()
        self._given: list[tuple[_Parameters, _Spot]] = []

    def document(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content of the file, expanded."""
        outside = _Spot(source=self.source, place=(), at=(), parameters=_Parameters({}))
        spot = msgspec.structs.replace(outside, parameters=self._parameters(content, outside))
        own = definitions_of(self.source)
        self.definitions = self.definitions | own
        check_definitions(own, self.definitions)
        keys = self._keys("mappings", content, spot)
        done = {key: self._part(key, value, below) for key, (value, below) in keys.items()}
        done |= self._shared_enums(done)
        self._give_orders(done)
        self.own = {("define", name) for name in own}
        for name in own:
            if ("define", name) not in self.used:
                message = f"no expression of this file uses `${name}`: use or remove it"
                raise self.source.error(("define", name), message, key=True, rule=LoadRule.SHARED_PARTS)
        for parameters, where in self._given:
            for name in parameters.given:
                if name not in parameters.used:
                    message = f"no placeholder `${{{name}}}` uses this parameter: remove it"
                    raise where.source.error((*where.place, "parameters", name), message, key=True, rule=LoadRule.SHARED_PARTS)
        return done

    def _shared_enums(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return the enums of a file with the shared ones that its expressions and filter rows name."""
        own = content.get("enums", {})
        if self.shared is None or not isinstance(own, dict):
            return {}
        named = (self._named | _enums_of_rows(content)) - own.keys()
        tables = {name: rows for name, rows in self.shared.source.content.get("enums", {}).items() if name in named}
        for name in tables:
            self.used.add(("enums", name))
            self.origins["enums", name] = Origin(source=self.shared.source, place=("enums", name))
        return {"enums": {**own, **tables}} if tables else {}

    def _give_orders(self, content: dict[str, Any]) -> None:
        """Give the orders of the file to each of its list calls that sends one and does not define its own."""
        calls = content.get("list")
        if "sort" not in content or not isinstance(calls, list):
            return
        written_at = self.origins.get(("sort",), Origin(source=self.source, place=("sort",)))
        for index, call in enumerate(calls):
            if isinstance(call, dict) and "sort" not in call and any(_ORDER.search(str(call.get(key))) for key in SENT):
                call["sort"] = content["sort"]
                self.origins["list", index, "sort"] = written_at

    def _parameters(self, content: dict[str, Any], spot: _Spot) -> _Parameters:
        """Return the values that a file or a call gives, which must be words that cannot end a text."""
        given, place = content.get("parameters", {}), (*spot.place, "parameters")
        if not isinstance(given, dict):
            raise spot.source.error(place, f"parameters: expected name: value, got {shape_of(given)}")
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, str | int) or not VALUE.fullmatch(str(value)):
                message = f"expected letters, digits, spaces and `_ . , / {{ }} -`, got {shape_of(value)}"
                shown = f"{message} with other characters" if isinstance(value, str) else message
                raise spot.source.error((*place, name), f"parameter `{name}`: {shown}", rule=LoadRule.SHARED_PARTS)
        parameters = _Parameters({name: str(value) for name, value in given.items()}, spot.parameters)
        self._given.append((parameters, spot))
        return parameters

    def _part(self, key: str, value: Any, spot: _Spot) -> Any:
        """Return a key of the file, with a note of its origin if it was written elsewhere."""
        self._note(spot)
        if key in {"record", "version", "write"}:
            return self._expression(value, spot)
        return self._calls(key, value, spot) if key in CALLS else self._plain(value, spot)

    def _note(self, spot: _Spot) -> None:
        if spot.inside:
            self.origins[spot.at] = Origin(source=spot.source, place=spot.place)

    def _calls(self, key: str, value: Any, spot: _Spot) -> Any:
        """Return a call, a list or a table of calls; anything else is left for decoding to refuse."""
        if key in CALL_TABLES and isinstance(value, dict):
            return {name: self._one_or_several(one, spot.down(name)) for name, one in value.items()}
        return self._one_or_several(value, spot)

    def _one_or_several(self, value: Any, spot: _Spot) -> Any:
        if isinstance(value, list):
            return [self._call(one, spot.down(index)) for index, one in enumerate(value)]
        return self._call(value, spot)

    def _call(self, value: Any, spot: _Spot) -> Any:
        if not isinstance(value, dict):
            return value
        if "parameters" in value and "use" not in value:
            raise spot.source.error(
                (*spot.place, "parameters"),
                "`parameters` are for a shared call: add `use`",
                key=True,
                rule=LoadRule.SHARED_PARTS,
            )
        keys = self._keys("calls", value, spot)
        return {key: self._of_call(key, one, below) for key, (one, below) in keys.items()}

    def _keys(self, kind: str, value: dict[str, Any], spot: _Spot) -> dict[str, tuple[Any, _Spot]]:
        """Return the keys of a file or call and of what it uses, with where they are written; null takes a key away."""
        own = {key: (one, spot.down(key)) for key, one in value.items() if key not in {"use", "parameters"}}
        if "use" not in value:
            return own
        keys = self._shared_keys(kind, value, spot) | own
        return {key: (one, below) for key, (one, below) in keys.items() if one is not None}

    def _shared_keys(self, kind: str, value: dict[str, Any], spot: _Spot) -> dict[str, tuple[Any, _Spot]]:
        """Return the keys of the shared mapping or call that a file or call uses."""
        name, place = value["use"], (*spot.place, "use")
        parts = self.shared.source.content.get(kind, {}) if self.shared is not None else {}
        if self.shared is None or not isinstance(name, str) or name not in parts:
            hint = did_you_mean(str(name), parts)
            known = known_names(parts) or "none"
            raise spot.source.error(
                place, f"no shared {kind[:-1]} is called `{name}`.{hint} Known: {known}", rule=LoadRule.SHARED_PARTS
            )
        if (kind, name) in spot.inside:
            circle = " → ".join(one for _, one in (*spot.inside, (kind, name)))
            raise spot.source.error(place, f"shared {kind} use each other in a cycle: {circle}", rule=LoadRule.SHARED_PARTS)
        self.used.add((kind, name))
        base = _Spot(
            source=self.shared.source,
            place=(kind, name),
            at=spot.at,
            parameters=self._parameters(value, spot) if kind == "calls" else spot.parameters,
            inside=(*spot.inside, (kind, name)),
        )
        return self._keys(kind, parts[name], base)

    def _of_call(self, key: str, value: Any, spot: _Spot) -> Any:
        """Return a key of a call, with a note of its origin if it was written elsewhere."""
        self._note(spot)
        if key in EXPRESSIONS:
            return self._expression(value, spot)
        if key == "warnings" and isinstance(value, list):
            return [self._warning(one, spot.down(index)) for index, one in enumerate(value)]
        return self._calls(key, value, spot) if key in INNER_CALLS else self._plain(value, spot)

    def _warning(self, value: Any, spot: _Spot) -> Any:
        """Return a warning about a whole list, of which `when` is an expression."""
        if not isinstance(value, dict):
            return value
        return {key: (self._expression if key == "when" else self._plain)(one, spot.down(key)) for key, one in value.items()}

    def _plain(self, value: Any, spot: _Spot) -> Any:
        """Return a value with its placeholders filled."""
        if isinstance(value, dict):
            return {key: self._plain(one, spot.down(key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._plain(one, spot.down(index)) for index, one in enumerate(value)]
        if not spot.inside or not isinstance(value, str):
            return value
        return self._filled(written(spot.source, spot.place, value), spot).text

    def _filled(self, text: Text, spot: _Spot) -> Text:
        """Return a text with the values of its placeholders."""

        def value_of(name: str) -> str:
            value = spot.parameters.find(name)
            if value is None:
                known = known_names(spot.parameters.names()) or "none"
                piece = text.pieces[0]
                message = f"`${{{name}}}` has no value in {self.source.name}: give one under `parameters`. Given: {known}"
                raise piece.source.error(piece.place, message, rule=LoadRule.SHARED_PARTS)
            return value

        return filled(text, value_of)

    def _expression(self, value: Any, spot: _Spot) -> Any:
        """Return an expression with its placeholders filled, in a block with the definitions that it needs."""
        if not isinstance(value, str):
            return value
        text = written(spot.source, spot.place, value)
        text = self._filled(text, spot) if spot.inside else text
        names = needed({name: one.text for name, one in self.definitions.items()}, text.text)
        text = with_definitions(text, [(name, self._definition(name, spot)) for name in names])
        self._named.update(match["name"] for match in _ENUM.finditer(text.text))
        if len(text.pieces) > 1:
            self.origins[spot.at] = Origin(source=spot.source, place=spot.place, pieces=text.pieces)
        return text.text

    def _definition(self, name: str, spot: _Spot) -> Text:
        self.used.add(("define", name))
        return self._filled(self.definitions[name], spot)


def _enums_of_rows(content: dict[str, Any]) -> set[str]:
    """Return the enums that rows of the filter tables of a file name."""
    calls = content.get("list")
    listed = [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
    tables = [content.get("filters"), *(one.get("filters") for one in listed)]
    rows = (row for table in tables if isinstance(table, dict) for row in table.values() if isinstance(row, dict))
    return {row["enum"] for row in rows if isinstance(row.get("enum"), str)}
