"""Requests for the first page of lists without conditions, each built once for an account and kept with its row.

Such a request depends on the mapping, the selection, the size of the page and the account's settings, and on nothing else that
a caller or a provider says. What reads the clock, chance or the result of an earlier call is built for each list.
"""

from typing import Final

from unified.bounded_cache import BoundedCache, Latest
from unified.catalog.wire import ProviderRequest
from unified.service.records.calls.call import Call
from unified.service.records.calls.cursors import Position
from unified.store.accounts import AccountRow
from unified.transform.calls.list_calls import ListPlan
from unified.transform.calls.operation import Operation
from unified.transform.queries.query import Query
from unified_jsonata import Expression

MAX_ACCOUNTS: Final = 2_048
MAX_REQUESTS: Final = 16
"""Of one account; of others, those used longest ago are built again."""
CHANGING: Final = frozenset({"now", "millis", "random", "shuffle", "eval"})
"""Functions that may give another value for the same arguments, and the one that may call them."""

_Key = tuple[object, ...]
_requests: Latest[AccountRow, BoundedCache[_Key, ProviderRequest]] = Latest(lambda _: BoundedCache(MAX_REQUESTS), MAX_ACCOUNTS)


def known_request(call: Call, part: Operation, query: Query, at: Position) -> ProviderRequest | None:
    """Return the request that `keep_request` kept for the account, if there is one for this selection and size."""
    return _requests(call.account).use(_key(call, part, query, at))


def keep_request(call: Call, part: Operation, query: Query, at: Position, request: ProviderRequest) -> ProviderRequest:
    """Keep a request for which `is_first` holds, unless it may be another one the next time; return it."""
    return _requests(call.account).put(_key(call, part, query, at), request) if _is_steady(part) else request


def is_first(plan: ListPlan, part: Operation, query: Query, at: Position) -> bool:
    """Return whether a request is for the first page of a list that has neither conditions nor windows of days."""
    return plan.is_plain and at.token is None and part.windows is None and not query.remote_query


def _key(call: Call, part: Operation, query: Query, at: Position) -> _Key:
    return (call.mapping.model.id, part.place, query.fields, query.include_deleted, at.size)


def _is_steady(part: Operation) -> bool:
    """Return whether a call always makes the same request of the same query and account."""
    return not part.results and all(_gives_same(one, part) for one in (part.query, part.headers, part.body) if one is not None)


def _gives_same(expression: Expression, part: Operation) -> bool:
    called = {one.name for one in expression.analysis.functions}
    return called.isdisjoint(CHANGING) and expression.analysis.needs.isdisjoint(part.before)
