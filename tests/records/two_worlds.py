"""What two worlds are that differ only in what a caller must not know, and the questions that must not tell them apart."""

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tests.world import World
from unified.models import MODELS
from unified.transform.queries.query import OPERATORS, TIMES

Raw = dict[str, Any]
Outside = Callable[[Raw], bool]
MARK = "qzx"
"""In every text of the other world, and nowhere else."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One account with a boundary: where its stand-in keeps what is outside, and what of it makes it belong there."""

    provider: str
    model: str
    chosen: dict[str, list[str]]
    resource: str
    """Of the stand-in: what its records are called there."""
    is_outside: Outside
    kept: frozenset[str]
    """Keys that stay as they are: ids, references to resources, and times by which a provider orders its lists."""


def changed(case: Case, state: Any) -> int:
    """Make the other world of a stand-in's state; answers how many records are different."""
    count = 0
    for one in state[case.resource].values():
        if case.is_outside(one):
            count += 1
            for name in [name for name in one if name not in case.kept]:
                one[name] = other(one[name], case.kept)
    return count


def other(value: Any, kept: frozenset[str]) -> Any:
    """The same kind of value, with another content."""
    if isinstance(value, dict):
        return {name: inner if name in kept else other(inner, kept) for name, inner in value.items()}
    if isinstance(value, list):
        return [other(one, kept) for one in value]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1_000_003
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value):
        return f"9{value}"  # still a number, which a stand-in may count with
    if isinstance(value, str) and (value[:4].isdigit() and value[4:5] == "-"):
        return f"2001{value[4:]}"
    return f"{MARK}{value}" if isinstance(value, str) else value


def questions(case: Case, words: list[str], ids: list[str], seed: int, count: int) -> Iterator[dict[str, str]]:
    """Random queries of a list; values are drawn from what records inside and outside hold, in either world."""
    rng = random.Random(seed)
    names = [field.name for field in MODELS[case.model].fields]
    yield {"limit": "20"}
    for _ in range(count):
        asked: dict[str, str] = {"limit": rng.choice(["1", "3", "20", "200"])}
        for _ in range(rng.choice([0, 1, 1, 2])):
            operator = rng.choice(OPERATORS)
            suffix = "" if operator == "eq" else f"[{operator}]"
            asked[f"filter[{rng.choice([*names, 'email', 'number', 'id', 'name', 'status'])}]{suffix}"] = rng.choice(
                [*words, *ids]
            )
        if rng.random() < 0.3:
            asked["search"] = rng.choice([MARK, *words])
        if rng.random() < 0.2:
            asked["sort"] = rng.choice(["", "-"]) + rng.choice(names)
        if rng.random() < 0.2:
            asked[rng.choice(TIMES)] = f"20{rng.randint(24, 26)}-0{rng.randint(1, 9)}-01"
        if rng.random() < 0.2:
            asked["fields"] = ",".join(rng.sample(names, 3))
        if rng.random() < 0.1:
            asked["include_deleted"] = "true"
        if rng.random() < 0.1:
            asked["include_raw"] = "true"
        yield asked


def words_in(record: Any) -> Iterator[str]:
    """Texts of a record, whole and in words."""
    if isinstance(record, dict):
        for one in record.values():
            yield from words_in(one)
    elif isinstance(record, list):
        for one in record:
            yield from words_in(one)
    elif isinstance(record, str) and 2 < len(record) < 200:
        yield record
        yield from (word for word in record.split() if len(word) > 4)


async def answers(world: World, case: Case, asked: list[tuple[str, str, Any]]) -> list[Any]:
    """What comes of each question: status and body, cursors opaque, and how many calls reached the stand-in."""
    found = []
    for verb, path, given in asked:
        before = len(await world.reached(case.provider))
        answer = await _ask(world, case, verb, path, given)
        calls = [(one["method"], one["path"].rpartition("/")[0]) for one in (await world.reached(case.provider))[before:]]
        found.append((verb, path, given, answer.status_code, comparable(answer.json()), calls))
    return found


async def _ask(world: World, case: Case, verb: str, path: str, given: Any) -> Any:
    if verb == "TOOL":
        body = {"account_id": world.accounts[case.provider], "arguments": given}
        return await world.client.post(f"/tools/{path}", json=body)
    if verb == "GET":
        return await world.get(path, case.provider, **(given or {}))
    return await world.send(verb, path, given, case.provider)


def comparable(body: Any) -> Any:
    """An answer without what differs by chance: request ids and how cursors are sealed."""
    body = copy.deepcopy(body)
    if isinstance(body, dict):
        body.pop("request_id", None)
        body.pop("instance", None)
        for holder in (body, body.get("result")):
            if isinstance(holder, dict) and "next_cursor" in holder:
                holder["next_cursor"] = holder["next_cursor"] is not None
    return body


def as_arguments(query: dict[str, str]) -> dict[str, Any]:
    """The same question as a tool takes it."""
    made: dict[str, Any] = {}
    for name, text in query.items():
        if name.startswith("filter["):
            field, _, operator = name.removeprefix("filter[").removesuffix("]").partition("][")
            conditions = made.setdefault("filter", {})
            if operator:
                value = [text.replace(",", " ")] if operator == "in" else text
                conditions[field] = {operator: value}
            else:
                conditions[field] = text
        else:
            made[name] = {"limit": int, "fields": lambda one: one.split(","), "include_deleted": bool}.get(name, str)(text)
    return made
