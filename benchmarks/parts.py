"""Which part of Unified a sample belongs to: the innermost function that has a part decides."""

from collections import Counter
from typing import Final

from benchmarks.sampler import Stack

VISIBILITY: Final = ("unified.service.records.visibility.visibility", "unified.service.records.visibility.hidden_fields")
OPENING: Final = ("unified.service.records.provider_calls", "unified.service.records.calls")
SERVERS: Final = ("unified.web", "litestar", "uvicorn")
PARTS: Final = (
    (
        "map: the record's program and functions of mappings",
        ("?:main", "unified_jsonata", "unified.transform.functions", "unified.transform.compilation"),
    ),
    ("convert: times, phone numbers, addresses, countries", ("?:convert", "unified.models")),
    ("decode the provider's answer", ("unified.text.json_text", "unified.transport.bodies")),
    ("call the provider: send, and read the answer", ("unified.transport", "httpx2", "httpcore2")),
    ("encode the answer", ("unified.api.answers.answers:encoded_list", "unified.api.answers.answers:json_answer")),
    ("scan the page: what fits, and what the caller sees", ("unified.service.records.reading", *VISIBILITY)),
    ("open the call: account and credentials", ("unified.service.accounts", *OPENING)),
    (
        "plan the call: query, filters, the provider's request",
        ("unified.service.records", "unified.transform", "unified.catalog"),
    ),
    ("authenticate: keys, scopes and limits", ("unified.service.access", "unified.service.runtime", "unified.vault", "limits")),
    ("audit and the database", ("unified.service.audit", "unified.store", "sqlalchemy", "aiosqlite", "sqlite3")),
    ("logs, metrics and traces", ("unified.telemetry", "structlog", "opentelemetry", "prometheus_client")),
    ("agents: tools and the protocol", ("unified.service.tools", "unified.mcp", "mcp", "mcp_types", "starlette", "pydantic")),
    ("receive and answer: HTTP server, routes, middlewares", ("unified.api", "unified.server", "unified.app", *SERVERS)),
    ("the event loop and other threads", ("asyncio", "uvloop", "selectors", "threading", "concurrent")),
)
"""Each part with its modules and functions; of a function that is in several, the first part counts."""
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
    return next((part for part, names in PARTS if any(_is_in(function, one) for one in names)), None)


def _is_in(function: str, name: str) -> bool:
    """Return whether a function, `module:function`, is in a package or module, or is the one called so."""
    return function == name or function.startswith((f"{name}.", f"{name}:"))
