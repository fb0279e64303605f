"""Which part of Unified a sample belongs to: the innermost function that has a part decides."""

from collections import Counter
from typing import Final

from benchmarks.sampler import Stack

PARTS: Final = (
    ("the record expression and its fields", ("unified.jsonata",)),
    ("functions of mappings", ("unified.transform.functions", "unified.transform.compile")),
    ("values: times, phone numbers, countries", ("unified.models",)),
    ("the call of the provider, with decoding", ("unified.transport", "httpx2", "httpcore2")),
    ("logs, metrics and traces", ("unified.telemetry", "structlog", "opentelemetry", "prometheus_client")),
    ("the database", ("unified.store", "sqlalchemy", "aiosqlite", "sqlite3")),
    (
        "who may do what: keys, scopes, accounts, limits, audit",
        ("unified.service.access", "unified.service.accounts", "unified.service.audit", "unified.vault", "limits"),
    ),
    ("the request: query, paging, records", ("unified.service", "unified.transform", "unified.catalog")),
    ("agents: tools and the protocol", ("unified.mcp", "mcp", "mcp_types", "starlette", "pydantic")),
    ("the HTTP server, with encoding", ("unified.api", "unified.app", "unified.web", "litestar", "uvicorn")),
    ("the event loop and other threads", ("asyncio", "uvloop", "selectors", "threading", "concurrent")),
)
OTHER: Final = "other"


def part_of(stack: Stack) -> str:
    """The part of a stack's innermost function that has one."""
    return next((part for function in reversed(stack) if (part := _part(function)) is not None), OTHER)


def shares(stacks: Counter[Stack]) -> dict[str, float]:
    """The share of each part that was seen, the largest first."""
    found: Counter[str] = Counter()
    for stack, count in stacks.items():
        found[part_of(stack)] += count
    return {part: count / found.total() for part, count in found.most_common()}


def _part(function: str) -> str | None:
    module = function.partition(":")[0]
    return next((part for part, names in PARTS if any(module == one or module.startswith(f"{one}.") for one in names)), None)
