"""The fault matrix: what each operation does with each fault, stated here and not computed from the clients."""

from typing import Any, NamedTuple

from clients.tests.faults import FaultServer, Sent

OPERATIONS = (
    *("list", "get", "create", "upsert", "update", "delete", "batch", "batch_mixed", "tool_create", "tool_update", "custom"),
    *("manage", "proxy_read", "proxy_write"),
)
KEY = "uk_of_the_matrix"
RETRIES = 2
KEYED = frozenset({"create", "upsert", "batch", "batch_mixed", "tool_create"})
"""Sent with an Idempotency-Key, as the service makes records once for it."""
SAFE = frozenset({"list", "get", "proxy_read"}) | (KEYED - {"batch_mixed"})
"""Repeated although no one knows whether the first attempt did something: reads, and what only makes records."""
PROXIED = frozenset({"proxy_read", "proxy_write"})
SETS = frozenset({"update", "delete"})
"""Repeated if the answer says so."""
UNANSWERED = {
    **dict.fromkeys(("stalled", "slow", "dripping"), "timed_out"),
    **dict.fromkeys(("broken", "half"), "connection_failed"),
}
BUSY = {"429": "rate_limited", "503": "overloaded", "negative": "overloaded"}
UNREADABLE = ("malformed", "array", "deep", "queued", "nothing")
"""Answers that say that all is well, and hold nothing that Unified sends."""
EMPTY = PROXIED | {"delete", "custom"}
"""May be answered with no content."""
FAILED = {"500": "internal", "502": "provider_error"}
REFUSED = {
    "422": "validation_failed",
    "unknown": "outcome_unknown",
    "newcode": "a_code_of_tomorrow",
    "longwait": "rate_limited",
}


class Case(NamedTuple):
    """One call and what must come of it."""

    name: str
    """`FAULT-TIMES-OPERATION`, and who calls."""
    operation: str
    base: str
    code: str
    """The code of the error and whether it says `retryable`; `ok` for none."""
    attempts: int | None
    """How many requests arrive; None if none can."""
    timeout_ms: int
    abort_ms: int | None = None

    def shown(self) -> dict[str, Any]:
        """As programs in other languages read it."""
        return {**self._asdict(), "key": KEY, "retries": RETRIES}


def said(code: str, *, retryable: bool) -> str:
    """A code as it is compared."""
    return f"{code}, retryable" if retryable else code


def _outcome(fault: str, operation: str, times: str) -> tuple[str, int]:
    """The code and the number of attempts: what may be repeated says so."""
    often = (1 + RETRIES) if times == "always" else 2
    if fault in UNANSWERED:
        code, repeats = UNANSWERED[fault], operation in SAFE
    elif fault in BUSY:
        code, repeats = BUSY[fault], operation != "proxy_write"
    elif fault in FAILED:
        code, repeats = FAILED[fault], operation in SAFE | SETS
    elif fault == "balancer":
        code, repeats = "ok" if operation in PROXIED else "unexpected_answer", operation in SAFE
    elif fault in UNREADABLE:
        is_fine = operation in (EMPTY if fault == "nothing" else PROXIED)
        code, repeats = "ok" if is_fine else "unreadable_answer", False
    elif fault == "redirect":
        code, repeats = "ok" if operation in PROXIED else "redirect_refused", False
    else:
        code, repeats = REFUSED[fault], False
    if repeats and times == "once":
        return "ok", often
    is_waiting = fault == "longwait" and operation != "proxy_write"
    return code if code == "ok" else said(code, retryable=repeats or is_waiting), often if repeats else 1


FAULTS = (*UNANSWERED, *BUSY, *FAILED, *REFUSED, *UNREADABLE, "balancer", "redirect")
SLOW = frozenset({"stalled", "slow", "dripping"})


def cases(server: FaultServer, deaf: str, closed: str, caller: str, *, faults: tuple[str, ...] = FAULTS) -> list[Case]:
    """Every fault for every operation, once and always; and the addresses at which nothing answers."""
    found = []
    for fault in faults:
        for times in ("once", "always"):
            for operation in OPERATIONS:
                name = f"{fault}-{times}-{operation}-{caller}"
                timeout = 1_500 if fault in SLOW else 20_000
                code, attempts = _outcome(fault, operation, times)
                found.append(Case(name, operation, f"{server.origin}/{name}", code, attempts, timeout))
    for operation in OPERATIONS:
        name = f"abort-always-{operation}-{caller}"
        found.append(Case(name, operation, f"{server.origin}/{name}", "aborted", 1, 20_000, 1_000))
        late, broken = (said(one, retryable=operation in SAFE) for one in ("timed_out", "connection_failed"))
        found.append(Case(f"deaf-always-{operation}-{caller}", operation, deaf, late, None, 200))
        found.append(Case(f"closed-always-{operation}-{caller}", operation, closed, broken, None, 20_000))
    return found


def problems(server: FaultServer, found: list[Case], codes: dict[str, str]) -> list[str]:
    """The differences from the matrix, by case."""
    wrong = []
    keys: set[str] = set()
    for case in found:
        sent = server.sent.get(case.name, [])
        if codes.get(case.name) != case.code:
            wrong.append(f"{case.name}: expected {case.code}, came {codes.get(case.name)}")
        if case.attempts is not None and len(sent) != case.attempts:
            wrong.append(f"{case.name}: expected {case.attempts} attempts, came {len(sent)}")
        wrong += [f"{case.name}: {one}" for one in _headers(case, sent, keys)]
    if server.sent.get("elsewhere"):
        wrong.append("a redirect was followed")
    return wrong


def _headers(case: Case, sent: list[Sent], keys: set[str]) -> list[str]:
    wrong = []
    found = {one.headers.get("idempotency-key") for one in sent}
    if case.operation in KEYED and sent:
        if len(found) != 1 or None in found or found & keys:
            wrong.append(f"expected one new Idempotency-Key for all attempts, came {found}")
        keys |= {one for one in found if one}
    elif sent and found != {None}:
        wrong.append("an Idempotency-Key where the service honours none")
    if any(one.headers.get("authorization") != f"Bearer {KEY}" for one in sent):
        wrong.append("the key is missing")
    if any((one.headers.get("unified-account") == "acc_1") == (case.operation == "manage") for one in sent):
        wrong.append("the account is missing, or named where there is none")
    if len({one.headers.get("x-request-id") for one in sent}) != len(sent):
        wrong.append("attempts share a request id")
    return wrong
