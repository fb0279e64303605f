"""JSON Schemas of the data files for editors: the structs that decode them, with the words of the guides."""

import re
from typing import Any

import msgspec

from unified.authoring.golden.golden_files import Case
from unified.catalog.mapping import MappingDocument, SharedDocument
from unified.catalog.provider import Provider
from unified.catalog.review import Digests
from unified.text.json_text import lay_out_json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ROW = re.compile(r"^\| (?P<keys>`[^|]*`) \| (?P<text>.*) \|$")
_COMMENTED = re.compile(r"^(?P<key>\w+):.*?\s#\s*(?P<text>.+)$")


def mapping_schema(guide: str) -> str:
    """Return schemas/mapping.json; the tables of `guide`, docs/mapping-files.md, describe the keys."""
    words = {"MappingDocument": rows_of(guide, "Keys of the file"), "Call": rows_of(guide, "Keys of a call")}
    lists = {"Windows": rows_of(guide, "Windows of days"), "WarningRow": rows_of(guide, "Warnings about lists")}
    return _schema(MappingDocument, words | lists | {"FilterRow": rows_of(guide, "Filters as a table")})


def shared_schema(guide: str) -> str:
    """Return schemas/shared.json; the tables of `guide`, docs/mapping-files.md, describe the keys.

    A shared mapping has the keys of a mapping file, and may lack those that a file must have.
    """
    words = {"SharedDocument": rows_of(guide, "What mappings share")}
    made = msgspec.json.decode(_schema(SharedDocument, words))
    whole = msgspec.json.decode(mapping_schema(guide))["$defs"]
    part = {key: value for key, value in whole["MappingDocument"].items() if key != "required"}
    made["$defs"] |= whole | {"MappingDocument": part}
    made["$defs"]["SharedDocument"]["properties"]["mappings"]["additionalProperties"] = {"$ref": "#/$defs/MappingDocument"}
    return lay_out_json(made) + "\n"


def provider_schema(guide: str) -> str:
    """Return schemas/provider.json; an example and tables of `guide`, docs/provider-files.md, describe the keys."""
    found = (_COMMENTED.match(line) for line in guide.splitlines())
    parts = rows_of(guide, "Several values that are credentials together", level=3)
    signed = rows_of(guide, "Signed assertions", level=3)
    scopes = rows_of(guide, "OAuth scopes", level=3)
    whole = {one["key"]: one["text"] for one in found if one}
    words = {
        "Provider": whole,
        "Check": rows_of(guide, "The check"),
        "CredentialPart": parts,
        "OAuth2": scopes,
        "ClientCredentials": scopes,
    }
    return _schema(Provider, words | {"JwtBearer": signed | scopes})


def review_schema() -> str:
    """Return schemas/review.json; a command writes the file, the schema says what it may hold."""
    title = "Reviewed tool definitions of a provider: model, method and digest. `unified review` writes the file."
    made = msgspec.json.schema(Digests)
    return lay_out_json({"$schema": DIALECT, "description": title, **made}) + "\n"


def cases_schema(guide: str) -> str:
    """Return schemas/cases.json for files of golden cases; a table of `guide`, docs/mapping-files.md, describes the keys."""
    return _schema(tuple[Case, ...], {"Case": rows_of(guide, "Keys of a case", level=3)})


def standin_schema(kind: type, guide: str) -> str:
    """Return schemas/sandbox.json for stand-ins' files; tables of `guide`, docs/sandbox.md, describe the keys."""
    sections = {"StandInFile": "Keys of the file", "Collection": "Collections", "Route": "Routes", "GraphQL": "GraphQL"}
    return _schema(kind, {name: rows_of(guide, title, level=3) for name, title in sections.items()})


def rows_of(guide: str, title: str, *, level: int = 2) -> dict[str, str]:
    """Return key → text of the table below a heading; a row may name several keys."""
    mark = "#" * level
    section = guide.partition(f"\n{mark} {title}\n")[2].partition(f"\n{mark} ")[0]
    rows = (_ROW.match(line) for line in section.splitlines())
    return {key: row["text"].replace("\\|", "|") for row in rows if row for key in re.findall(r"`(\w+)`", row["keys"])}


def _schema(kind: Any, words: dict[str, dict[str, str]]) -> str:
    made = msgspec.json.schema(kind)
    for name, described in words.items():
        properties = made["$defs"][name]["properties"]
        for key, text in described.items():
            if key in properties:
                properties[key] = _described(properties[key], text)
    return lay_out_json({"$schema": DIALECT, **made}) + "\n"


def _described(schema: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a schema with a description, which is allowed next to a reference since 2019-09."""
    return {"description": text, **schema}
