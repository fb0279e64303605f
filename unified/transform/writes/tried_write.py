"""One write that is tried: what it would send for a body, without sending anything and without what providers would answer."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dict
from typing import Any

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.requests import InvalidId, UnsupportedField, ValidationFailed
from unified.models import Model
from unified.transform.calls.after import ANSWER, step_requests
from unified.transform.calls.awaited import Awaited
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.calls.path import path_values
from unified.transform.writes.write import common_body
from unified_jsonata import UNDEFINED
from unified_jsonata.still import standing_still

MOMENT = 1_767_322_800_000
"""`$now()` of every write that is tried, so that two of them differ only by their values."""
Choose = Callable[[str, dict[str, Any], Bindings], Operation]
Written = Callable[[str, dict[str, Any], Bindings], Any]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """The request that a body would send, or why it cannot be known."""

    body: dict[str, Any]
    place: DocumentPath = ()
    """The call of the mapping that would be made."""
    sent: tuple[ProviderRequest, ...] = ()
    refused: frozenset[str] = frozenset()
    """The fields of the body that a refusal names."""
    is_open: bool = False
    """Whether what a provider answers decides what is sent, or the mapping fails."""
    failure: str = ""
    """Why the mapping fails, although no answer of the provider is missing."""

    def leaves(self) -> dict[tuple[Any, ...], Any]:
        """Return every value that is sent, by its place."""
        return dict(leaf for at, one in enumerate(self.sent) for leaf in _leaves(_parts(one), (at,)))


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs with which writes of one mapping are tried."""

    model: Model
    settings: dict[str, str]
    choose: Choose
    written: Written
    """The result of `write` for a method and a common body; nothing where the method does not send it."""

    def make(self, method: str, body: dict[str, Any], known: Dict[str, Any]) -> Attempt:
        """Return the request of a body; `known` are the parts of the id, the path parameters, and `by` of an upsert."""
        common = common_body(self.model, body)
        values = {name: value for name, value in known.items() if name != "by"}
        bindings: Bindings = {"account": {"settings": self.settings}, "query": {**common, **values}}
        bindings |= {"by": known["by"]} if "by" in known else {}
        with standing_still(MOMENT):
            return self._made(method, body, common, bindings, {**path_values(common), **values})

    def _made(
        self, method: str, body: dict[str, Any], common: dict[str, Any], bindings: Bindings, values: dict[str, Any]
    ) -> Attempt:
        awaited: dict[str, Awaited] = {}
        try:
            operation = self.choose(method, common, bindings)
            steps = (operation, *operation.after)
            awaited = {name: Awaited() for step in steps for name in step.before} | {ANSWER: Awaited()}
            sent = tuple(self._requests(operation, common, {**bindings, **awaited}, values))
        except (ValidationFailed, UnsupportedField, InvalidId) as problem:
            return Attempt(body=body, refused=_fields_named(problem), is_open=_is_read(awaited))
        except UnifiedError as problem:
            return Attempt(body=body, is_open=True, failure="" if _is_read(awaited) else str(problem))
        return Attempt(body=body, place=operation.place, sent=sent, is_open=_is_read(awaited))

    def _requests(
        self, operation: Operation, common: dict[str, Any], bindings: Bindings, values: dict[str, Any]
    ) -> Iterator[ProviderRequest]:
        result = operation.payload(common, bindings, self.written(operation.method, common, bindings))
        yield operation.request(common, bindings, values, msgspec.UNSET if result is UNDEFINED else result)
        for step in operation.after:
            yield from step_requests(step, common, bindings, values)


def _is_read(awaited: Dict[str, Awaited]) -> bool:
    return any(one.is_read for one in awaited.values())


def _fields_named(problem: UnifiedError) -> frozenset[str]:
    """Return the fields that a refusal is about; that of an id begins with its name."""
    named = {one.pointer.strip("/").split("/")[0] for one in problem.errors}
    return frozenset(named or {str(problem).partition(":")[0]})


def _parts(request: ProviderRequest) -> dict[str, Any]:
    body = None if request.body is msgspec.UNSET else request.body
    call = f"{request.method} {request.path}"
    return {"call": call, "query": list(request.query), "headers": request.headers, "body": body}


def _leaves(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    if not inner or not value:
        yield place, value
    for name, one in inner:
        yield from _leaves(one, (*place, name))
