"""The steps of `cassettes/<provider>/scenario.yaml`: what is done for each model and method, through the real service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from unified.models import MAKING, UPSERT
from unified.service.access.principals import Principal
from unified.service.records import reading, writing
from unified.service.records.provider_calls import open_call
from unified.service.runtime.services import Services
from unified.transform.query_reading import query_from_object

SEVERAL = ("list", UPSERT)
"""Methods that a scenario can have several steps of: `list_recent`, `upsert_again`."""
FOLDER = Path(__file__).parents[2] / "cassettes"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the service that has a cassette."""

    provider: str
    model: str
    name: str
    argument: Any
    path: dict[str, str]

    @property
    def method(self) -> str:
        return next((one for one in SEVERAL if self.name.startswith(one)), self.name)

    @property
    def cassette(self) -> Path:
        return FOLDER / self.provider / f"{self.model}.{self.name}.yaml"

    @property
    def output(self) -> Path:
        return self.cassette.with_suffix(".out.json")

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}.{self.name}"


def providers() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob("*/scenario.yaml"))


def steps(provider: str) -> Iterator[Step]:
    scenario = yaml.load((FOLDER / provider / "scenario.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for model, parts in scenario.items():
        path = parts.get("path", {})
        for name, argument in parts.items():
            if name != "path":
                yield Step(provider=provider, model=model, name=name, argument=argument, path=path)


async def perform(step: Step, services: Services, principal: Principal, account_id: str) -> Any:
    """Do one step and answer what a caller would see, as plain JSON."""
    call = await open_call(services, principal, account_id, step.model, step.method)
    if step.method == "list":
        return await _list(call, {**(step.argument or {}), **step.path})
    if step.method == "get":
        return await reading.get_record(call, _record_id(step), query_from_object(step.path, call.mapping.model))
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
    page = await reading.list_records(call, query)
    pages = [page.data]
    if page.position is not None:
        after = msgspec.structs.replace(query, cursor=reading.next_cursor(call, page))
        page = await reading.list_records(call, after)
        pages.append(page.data)
    return {"pages": pages, "more": page.position is not None, "warnings": msgspec.to_builtins(page.warnings)}


def _record_id(step: Step) -> str:
    """The id that a step is about: given, of the record created before, or the first of the list."""
    if isinstance(step.argument, str) and step.argument not in {"first", "created"}:
        return step.argument
    if isinstance(step.argument, int):
        return str(step.argument)
    created = FOLDER / step.provider / f"{step.model}.create.out.json"
    if step.name != "get" and created.exists() and step.argument != "first":
        return str(json.loads(created.read_text(encoding="utf-8"))["id"])
    listed = json.loads((FOLDER / step.provider / f"{step.model}.list.out.json").read_text(encoding="utf-8"))
    return str(listed["pages"][0][0]["id"])
