"""Makes the calls of `routes.STEPS` with the Python client."""

import base64
import re
from collections.abc import Mapping
from typing import Any

import httpx2
import msgspec

from clients.tests.routes import Outcome, Step
from unified_client import Answer, Client, Records, UnifiedError


def run_steps(steps: tuple[Step, ...], variables: Mapping[str, str]) -> Outcome:
    """Make the calls and return what came of them; every answer is what the client made of it, as plain JSON."""
    kept: dict[str, Any] = dict(variables)
    requests: list[tuple[str, str]] = []

    def note(request: httpx2.Request) -> None:
        requests.append((request.method, request.url.path))

    with httpx2.Client(event_hooks={"request": [note]}, timeout=60) as http:
        answers = [_run(one, kept, http) for one in steps]
    return Outcome(answers=answers, requests=requests)


def _run(step: Step, kept: dict[str, Any], http: httpx2.Client) -> Any:
    client = Client(kept["UNIFIED_URL"], kept.get(step.key) or _filled(step.key, kept), http=http)
    fields = {**_filled(dict(step.fields or {}), kept), **dict(step.query or {}), **({"by": step.by} if step.by else {})}
    given = [_filled(one, kept) for one in step.ids] + ([base64.b64decode(step.content)] if step.content else [])
    given += [] if step.body is None else [_filled(step.body, kept)]
    try:
        value = _method(client.account(kept[step.account]) if step.account else client, step.place)(*given, **fields)
        value = value.page() if isinstance(value, Records) else value
    except UnifiedError as error:
        if not step.fails:
            raise AssertionError(f"{step.place}: {error}") from None
        return error.code
    if step.keep:
        kept[step.keep] = msgspec.to_builtins(value)
    return value.status if isinstance(value, Answer) else msgspec.to_builtins(value)


def _method(start: Any, place: str) -> Any:
    for name, argument in re.findall(r"(\w+)(?:\((\w+)\))?", place):
        start = getattr(start, name)
        start = start(argument) if argument else start
    return start


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """Return a value with what earlier calls gave."""
    if isinstance(value, dict):
        return {name: _filled(one, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, kept) for one in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    first, *rest = value[1:].split(".")
    found = kept[first]
    for one in rest:
        found = found[int(one)] if one.isdigit() else found[one]
    return found
