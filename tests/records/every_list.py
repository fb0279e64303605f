"""The first page of every list of a provider, and what is found in it: for laws that hold for each record of each model."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from tests.world import World, catalog
from unified.models import MODELS
from unified.transform.mapping import Mapping
from unified.transform.tools import required_filters

Record = dict[str, Any]
MAX_PARENTS = 3
"""Parents whose records are listed, where a list needs one."""


async def pages(world: World, provider: str, key: str, queries: dict[str, list[dict[str, str]]]) -> AsyncIterator[Any]:
    """Yield mapping, path and answer of each list that the holder of a key asks for."""
    headers = {"Authorization": f"Bearer {key}"}
    for mapping in catalog().offered(provider):
        for query in queries.get(mapping.model.id, ()):
            params = {"account_id": world.accounts[provider], "limit": "50", **query}
            path = f"/{mapping.model.id.replace('.', '/')}"
            yield mapping, path, await world.client.get(path, params=params, headers=headers)


async def queries_of(world: World, provider: str) -> dict[str, list[dict[str, str]]]:
    """Return what each list of a provider must be asked with: nothing, or one of the parents that it needs."""
    offered = {one.model.id: one for one in catalog().offered(provider) if "list" in one.methods}
    return {name: found for name, one in offered.items() if (found := await _queries(world, provider, one))}


async def _queries(world: World, provider: str, mapping: Mapping) -> list[dict[str, str]]:
    needed = sorted(required_filters(mapping))
    if mapping.model.path_parameters or len(needed) > 1:
        return []
    if not needed:
        return [{}]
    reference = next((one.reference for one in mapping.model.fields if one.name == needed[0]), None)
    if reference is None or reference == mapping.model.id:
        return []
    answer = await world.get(f"/{reference.replace('.', '/')}", provider, limit="40")
    ids = [one["id"] for one in answer.json().get("data", ())]
    return [{f"filter[{needed[0]}]": one} for one in ids[:MAX_PARENTS]]


def texts(value: Any) -> Iterator[str]:
    """Yield the texts and numbers of a value, at any depth."""
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def reference_models() -> set[str]:
    """Return the models that others refer to."""
    return {one.reference for model in MODELS.values() for one in model.fields if one.reference}
