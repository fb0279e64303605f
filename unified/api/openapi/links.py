"""Links of answers to the operations on what they hold (OpenAPI 3.1, 4.8.20): by them a program finds what it can do next."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Operation = dict[str, Any]
Paths = Mapping[str, dict[str, Operation]]
_OF_ONE = re.compile(r"(?P<many>.+)/\{id\}")
_MADE = ("post", "put")


def with_links(paths: Paths) -> dict[str, dict[str, Operation]]:
    """Return the paths with links: from a created object to all operations that take its id, from a list to the get."""
    found = {path: dict(verbs) for path, verbs in paths.items()}
    for path, verbs in paths.items():
        match = _OF_ONE.fullmatch(path)
        many = {} if match is None else found.get(match["many"], {})
        for verb in set(_MADE) & many.keys():
            many[verb] = _linked(many[verb], "201", "$response.body#/id", verbs.values())
        if {"get"} <= many.keys() & verbs.keys():
            many["get"] = _linked(many["get"], "200", "$response.body#/data/0/id", [verbs["get"]])
    return found


def _linked(operation: Operation, status: str, place: str, others: Iterable[Operation]) -> Operation:
    """Return an operation with links at one of its answers, which has the id of one thing at `place`."""
    if status not in operation["responses"]:
        return operation
    given = {"id": place} | _repeated(operation.get("parameters", ()))
    links = {one["operationId"]: {"operationId": one["operationId"], "parameters": given} for one in others}
    return {**operation, "responses": {**operation["responses"], status: {**operation["responses"][status], "links": links}}}


def _repeated(parameters: Iterable[Operation]) -> Operation:
    """Return the parameters that both operations have: the account, and those of the path."""
    names = {one["name"]: f"$request.path.{one['name']}" for one in parameters if one.get("in") == "path"}
    account = any(one.get("$ref", "").endswith("/account_id") for one in parameters)
    return names | ({"account_id": "$request.query.account_id"} if account else {})
