"""The steps of `cassettes/<provider>/scenario.yaml`: what is done for each model and method, through the real service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.cassettes.files import read_step
from tests.cassettes.place import FOLDER, TESTED, Place
from unified.catalog.files.source import Source, read_source
from unified.errors.configuration import CatalogError
from unified.errors.names import suggestion
from unified.models import MAKING, UPSERT
from unified.service.access.principals import Principal
from unified.service.records.opening import open_call
from unified.service.records.reading import getting, listing
from unified.service.records.writing import writing
from unified.service.runtime.services import Services
from unified.transform.queries.query_reading import query_from_object

__all__ = ["FOLDER", "Step", "perform", "providers", "steps"]
SEVERAL = ("list", UPSERT)
"""Methods that a scenario can have several steps of: `list_recent`, `upsert_again`."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the service that has a cassette."""

    provider: str
    model: str
    name: str
    argument: Any
    path: dict[str, str]
    folder: Path = FOLDER
    where: str = ""
    """File, line and column of the step."""

    @property
    def method(self) -> str:
        return next((one for one in SEVERAL if self.name.startswith(one)), self.name)

    @property
    def file(self) -> Path:
        return self.folder / self.provider / f"{self.model}.json"

    @property
    def cassette(self) -> str:
        """The name by which the tape finds the calls of this step in its file."""
        return f"{self.file}#{self.name}"

    @property
    def gives(self) -> Any:
        """What a caller saw; None where nothing was recorded."""
        return (read_step(self.file, self.name) or {}).get("gives")

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}.{self.name}"


def providers() -> list[str]:
    return TESTED.providers()


def steps(provider: str, place: Place = TESTED) -> Iterator[Step]:
    """The steps in the order of the file.

    Raises:
        CatalogError: The file is missing, or names what the provider does not have; the message says where.
    """
    path = place.cassettes / provider / "scenario.yaml"
    name = f"cassettes/{provider}/scenario.yaml"
    if not path.exists():
        raise CatalogError(f"{name}: there is none. It lists the calls to record: see CONTRIBUTING.md, Make it silver")
    source = read_source(path, name=name)
    known = {
        model: place.catalog.compiled(provider, model).methods for one, model in place.catalog.mappings() if one == provider
    }
    _check(source, known)
    for model, parts in source.content.items():
        for step, argument in parts.items():
            if step != "path":
                yield Step(
                    provider=provider,
                    model=model,
                    name=step,
                    argument=argument,
                    path=parts.get("path", {}),
                    folder=place.cassettes,
                    where=":".join(map(str, source.written_at((model, step), key=True))),
                )


def _check(source: Source, known: dict[str, Any]) -> None:
    """Raise CatalogError for what the scenario cannot mean."""
    if not isinstance(source.content, dict):
        raise source.error((), "expected models, each with its steps, such as `crm.contacts: {list: {limit: 3}}`")
    for model, parts in source.content.items():
        if model not in known:
            raise source.error((model,), f"there is no mapping of `{model}`.{suggestion(model, known)}", key=True)
        if not isinstance(parts, dict):
            raise source.error((model,), "expected steps, such as `list: {limit: 3}`")
        for step, argument in parts.items():
            _check_step(source, (model, step), argument, set(known[model]))


def _check_step(source: Source, place: tuple[str, str], argument: Any, methods: set[str]) -> None:
    _, step = place
    named = next((one for one in SEVERAL if step == one or step.startswith(f"{one}_")), step)
    if named not in {*methods, "path"}:
        message = f"the mapping has no method `{named}`.{suggestion(named, methods)}"
        raise source.error(place, f"{message} (lists and upserts may have several steps: list_recent)", key=True)
    given = (str, int) if named == "get" else (dict, str, int) if named == "delete" else (dict, type(None))
    if not isinstance(argument, given):
        expected = "an id, `first` or `created`" if named == "get" else "an object"
        raise source.error(place, f"`{step}`: expected {expected}, got {json.dumps(argument)}")


async def perform(step: Step, services: Services, principal: Principal, account_id: str) -> Any:
    """Do one step and answer what a caller would see, as plain JSON."""
    call = await open_call(services, principal, account_id, step.model, step.method)
    if step.method == "list":
        return await _list(call, {**(step.argument or {}), **step.path})
    if step.method == "get":
        return await getting.get_record(call, _record_id(step), query_from_object(step.path, call.mapping.model))
    if step.method == "delete":
        await writing.execute_write(call, writing.Write(method="delete", record_id=_record_id(step), path=step.path))
        return {"deleted": _record_id(step)}
    named = None if step.method in MAKING else _record_id(step)
    given = dict(step.argument or {})
    by = given.pop("by") if step.method == UPSERT else None
    write = writing.Write(method=step.method, record_id=named, by=by, body=given, path=step.path)
    return (await writing.execute_write(call, write)).record


async def _list(call: Any, given: dict[str, Any]) -> Any:
    """Two pages, so that the way from one to the next is in the cassette."""
    query = query_from_object(given, call.mapping.model)
    page = await listing.list_records(call, query)
    pages = [page.data]
    if page.position is not None:
        after = msgspec.structs.replace(query, cursor=listing.next_cursor(call, page))
        page = await listing.list_records(call, after)
        pages.append(page.data)
    return {"pages": pages, "more": page.position is not None, "warnings": msgspec.to_builtins(page.warnings)}


def _record_id(step: Step) -> str:
    """The id that a step is about: given, of the record created before, or the first of the list."""
    if isinstance(step.argument, str) and step.argument not in {"first", "created"}:
        return step.argument
    if isinstance(step.argument, int):
        return str(step.argument)
    created = read_step(step.file, "create")
    if step.name != "get" and created is not None and step.argument != "first":
        return str(created["gives"]["id"])
    listed = read_step(step.file, "list")
    records = listed["gives"]["pages"][0] if listed is not None else []
    if not records:
        needed = "a record: `list` came before it and had none" if listed is not None else "a step `create` or `list` before it"
        raise CatalogError(f"{step.where}: `{step.name}` needs the id of {needed}. An id can be given in its place")
    return str(records[0]["id"])
