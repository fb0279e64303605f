"""The pass-through: the provider's own API under the same key and account. The upstream method decides the class.

It is only for keys that see all of an account: it could bypass a scope with tags, models, fields or fewer classes, and a
boundary. A write needs reading too. A request that asks to be handled as another method is checked as both.
"""

import re
from urllib.parse import unquote

import msgspec

from unified.catalog.provider import Provider
from unified.catalog.wire import OVERRIDES, ProviderAnswer, ProviderRequest
from unified.errors.access import FieldHidden, MethodNotAllowedByScope, OutsideResources
from unified.errors.error import ProviderProblem, UnifiedError
from unified.errors.providers import ProviderMalformed
from unified.errors.requests import InvalidId, MalformedRequest
from unified.models.registry import MethodClass
from unified.service.access.consent import scopes_within
from unified.service.access.policy import refuse_pass_through
from unified.service.access.principals import Principal
from unified.service.access.raw_requests import missing_for_raw
from unified.service.access.scope import field_rules, scopes
from unified.service.access.use.charging import charge_use
from unified.service.access.use.gate import require_writes
from unified.service.access.use.use_limits import Amounts, Levels, amounts_of, limits_reading
from unified.service.accounts.accounts import account_for_call
from unified.service.accounts.credentials import connection_of
from unified.service.records.opening import charge_call
from unified.service.records.visibility.account_boundary import account_boundary
from unified.service.runtime.services import Services
from unified.telemetry.recording import record_answer, record_refusal, record_use

READ_METHODS = frozenset({"GET", "HEAD"})
PASSED_HEADERS = frozenset(
    {"accept", "accept-language", "content-type", "if-match", "if-none-match", "if-modified-since", "prefer"}
)
"""Headers of the caller that reach the provider; all others are dropped."""
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
"""Methods with a body. Of the others, some servers read none and take what follows for the next request (RFC 9110, 9.3.1)."""
RETURNED_HEADERS = frozenset({"content-type", "etag", "last-modified", "link", "location", "retry-after"})
_PLAIN = re.compile(r"[\t -~]*")
"""A header value that every client reads alike; servers and clients on the way read other values differently."""
MAX_STATUS = 599
"""The last status of HTTP (RFC 9110, 15)."""
_OPERATION = re.compile(r"\b(?:mutation|subscription)\b")
_SEPARATOR = re.compile(r"[/\\]")
_PARAMETERS = re.compile("[;?#]")
"""Characters that end the name of a segment, also for a server that decodes the path before it looks for a query."""
READS_TOO = "to the provider's own API may read: searches, and changes that are answered with the record"
MAX_DECODINGS = 3
"""How often servers on the way may decode a path."""
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")


class ProxyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's request to the provider."""

    method: str
    path: str
    """As received: percent-encoded, with its leading slash."""
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    content: bytes

    def methods(self) -> set[str]:
        """Return every method that a provider may handle this as: its own, and those that headers or parameters name."""
        named = [value for name, value in self.headers.items() if name.lower() in OVERRIDES]
        named += [value for name, value in self.query if name.lower() in OVERRIDES]
        return {self.method, *(one.strip().upper() for one in named)} | ({"POST"} if self._mutates() else set())

    def _mutates(self) -> bool:
        """Return whether a GraphQL document in the query does more than read; bodies come with writes only."""
        return any(name.lower() == "query" and _OPERATION.search(value) for name, value in self.query)


async def pass_through(services: Services, principal: Principal, account_id: str, request: ProxyRequest) -> ProviderAnswer:
    """Send the caller's request to the provider and return the answer, whatever its status among those of HTTP.

    Raises:
        Forbidden: the scope or the consent of the account's owner does not reach it, or the account has chosen resources,
            or there are conditions on its records; or the caller's records or bytes are limited.
        MalformedRequest: it has a body with a method that has none.
        InvalidId: the path could leave the provider's base URL.
        Paused: it may write, and all writes of the tenant are paused.
        RateLimited, LimitUsedUp: the account, the tenant or the caller has used up its budget.
        ProviderMalformed: the provider answered with a status that HTTP does not have.
    """
    record_use(account_id, None, f"{request.method} /proxy")
    scopes.require_account(principal.scopes, account_id)
    refuse_pass_through(services.settings)
    methods = sorted(request.methods())
    for method in methods:
        require_pass_through(principal.scopes, method)
    _refuse_body(request)
    path = safe_path(request.path)
    account = await account_for_call(services, principal.tenant_id, account_id)
    for method in methods:
        require_pass_through(scopes_within(principal.scopes, account), method)
    boundary = account_boundary(services, account, scopes_within(principal.scopes, account))
    _refuse_counted(principal.levels)
    if boundary.chosen:
        raise OutsideResources("the pass-through is only for accounts without chosen resources")
    if boundary:
        raise OutsideResources("the pass-through is only for keys and accounts without conditions on records of this provider")
    if not READ_METHODS.issuperset(methods):
        await require_writes(services, principal.tenant_id)
    await charge_call(services, account)
    await charge_use(services, principal.tenant_id, principal.levels, _amounts(methods))
    headers = {name: value for name, value in request.headers.items() if name.lower() in PASSED_HEADERS}
    connection = connection_of(services, account, requester=principal.key_id)
    outgoing = ProviderRequest(method=request.method, path=path, query=request.query, headers=headers)
    try:
        answer = await services.client.pass_through(outgoing, connection, request.content)
    except UnifiedError as refused:
        record_refusal(refused)
        raise
    record_answer(answer.status)
    if answer.status > MAX_STATUS:
        raise _no_status(services.catalog.provider(account.provider), answer.status, request.method)
    return answer


def returned_headers(answer: ProviderAnswer) -> dict[str, str]:
    """Return the headers of an answer that callers get, without those whose value is not plain ASCII."""
    return {name: value for name, value in answer.headers.items() if name in RETURNED_HEADERS and _PLAIN.fullmatch(value)}


def _refuse_counted(levels: Levels) -> None:
    """Refuse a caller whose records or bytes are limited: what the provider answers is not known by its records."""
    if limits_reading(levels):
        raise MethodNotAllowedByScope("the pass-through is only for keys without limits on `records` and `bytes`")


def _amounts(methods: list[str]) -> Amounts:
    """Return what a request counts as, by every method that a provider may handle it as."""
    if READ_METHODS.issuperset(methods):
        return amounts_of("get")
    return amounts_of("delete" if "DELETE" in methods else "update")


def _no_status(provider: Provider, status: int, method: str) -> ProviderMalformed:
    done = "" if method in READ_METHODS else "; what was asked for may be done"
    return ProviderMalformed(
        f"{provider.title} answered with the status {status}, which HTTP does not have{done}",
        provider=ProviderProblem(name=provider.name, status=status),
    )


def _refuse_body(request: ProxyRequest) -> None:
    if request.content and request.method not in BODY_METHODS:
        raise MalformedRequest(
            f"expected no body with {request.method}, for which HTTP defines none; send the values in the query, "
            "or use another method"
        )


def require_pass_through(known: scopes.Scopes, method: str) -> None:
    """Require that scopes allow a request of this HTTP method to the provider's own API.

    Raises:
        Forbidden: they do not; the text names what is missing.
    """
    wanted: MethodClass = "read" if method in READ_METHODS else "write"
    unasked = f"{method} requests to the provider's own API"
    for scope in known:
        missing = missing_for_raw(scope, wanted)
        if missing and isinstance(scope, scopes.Consent):
            raise scopes.outside_consent(unasked)
        if wanted in missing:
            raise MethodNotAllowedByScope(f"the key's scope does not include {wanted}, the class of {method}")
        if missing:
            raise MethodNotAllowedByScope(f"the key's scope does not include read, and {method} requests {READS_TOO}")
    if wanted == "write":
        scopes.require_direct_writes(known)
    scopes.require_all_models(known, "the pass-through is only for keys without limits on models and tags", unasked)
    if not field_rules.hides_nothing(known):
        raise FieldHidden("the pass-through is only for keys without hidden fields")


def safe_path(path: str) -> str:
    """Return the path; raise InvalidId if one of its segments could shorten it, however often it is decoded."""
    decoded = path
    for _ in range(MAX_DECODINGS if "%" in path else 0):
        decoded = unquote(decoded)
    segments = _SEPARATOR.split(decoded)
    if not path.startswith("/") or path.startswith("//") or _ODD.search(decoded):
        raise InvalidId("path: expected /segments without control characters and backslashes")
    if "." in decoded and any(_PARAMETERS.split(one)[0].strip() in {".", ".."} for one in segments):
        raise InvalidId("path: `.` and `..` cannot be segments")
    return path
