"""One request as handlers see it: the caller, and the query and body within their limits."""

from collections import Counter
from collections.abc import Collection
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec
from litestar import Request
from litestar.exceptions import ClientException
from msgspec import UNSET, UnsetType

from unified.api.requests.headers import header, header_lines
from unified.errors.error import FieldProblem
from unified.errors.names import unknown_name
from unified.errors.requests import MalformedRequest, TooLarge, UnsupportedMediaType, ValidationFailed
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services
from unified.service.validation import decode_body
from unified.telemetry.recording import record_content
from unified.telemetry.request_scope import RequestScope, current_request

T = TypeVar("T")
JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})


class Context(msgspec.Struct, kw_only=True):
    """A request with its caller and the services."""

    services: Services
    request: Request[Any, Any, Any]
    known: RequestScope
    """Facts about the request that its bytes do not contain."""
    _pairs: list[tuple[str, str]] | None = None
    _named: str | UnsetType | None = UNSET

    @property
    def caller(self) -> Principal | None:
        """The caller that passed the guard, or None."""
        caller: Principal | None = self.known.caller
        return caller

    @property
    def principal(self) -> Principal:
        """The caller; only public routes have none."""
        if self.caller is None:
            raise RuntimeError("a public route asked for its caller")
        return self.caller

    def path(self, name: str) -> str:
        """Return a path parameter, percent-decoded once. Raises MalformedRequest for bytes that are not UTF-8."""
        return path_value(self.request, name)

    def query(self) -> list[tuple[str, str]]:
        """Return the URL's query in order. Raises MalformedRequest for more than 200 parameters or broken encoding."""
        if self._pairs is None:
            self._pairs = _parsed_query(self.request.scope["query_string"])
        return self._pairs

    def parameters(self, *known: str) -> dict[str, str]:
        """Return the query. Raises ValidationFailed for parameters that are not `known` or are repeated."""
        pairs = self.query()
        found, counts = dict(pairs), Counter(name for name, _ in pairs)
        problems = [unknown_parameter(name, known) for name in sorted(found.keys() - set(known))]
        if problems:
            raise ValidationFailed("query: unknown parameters", errors=tuple(problems))
        problems = [_repeated(name) for name, count in counts.items() if count > 1]
        if problems:
            raise ValidationFailed("query: parameters given more than once", errors=tuple(problems))
        return found

    def named_account(self) -> str | None:
        """Return the account that the request names with `?account_id=` or the header `Unified-Account`, or None.

        Raises:
            ValidationFailed: It is named more than once, or the query and the header differ.
        """
        if isinstance(self._named, UnsetType):
            self._named = self._find_account()
        return self._named

    def _find_account(self) -> str | None:
        asked = [text for name, text in self.query() if name == "account_id"]
        headers = header_lines(self.request, "unified-account")
        if len(asked) > 1 or len(headers) > 1:
            problem = _repeated("account_id")
            raise ValidationFailed(f"account_id: {problem.message}", errors=(problem,))
        named = {one for one in (*asked, *headers) if one}
        if len(named) > 1:
            message = "the header Unified-Account names another account; give one of the two, or the same in both"
            raise ValidationFailed.at("account_id", message)
        return next(iter(named), None)

    def account_id(self) -> str:
        """Return the named account. Raises ValidationFailed if none is named."""
        named = self.named_account()
        if not named:
            problem = FieldProblem(
                pointer="account_id", code="required", message="as query parameter or Unified-Account header"
            )
            raise ValidationFailed("account_id is required, as query parameter or as header Unified-Account", errors=(problem,))
        return named

    async def body(self, kind: type[T]) -> T:
        """Decode the JSON body strictly.

        Raises:
            ValidationFailed: It does not fit `kind`; the error names the place, never the value.
            MalformedRequest: It is not JSON.
        """
        return decode_body(await self.content(), kind)

    async def content(self) -> bytes:
        """Return the bytes of a JSON body. Raises UnsupportedMediaType for another type, TooLarge over the limit."""
        kind, _, options = (header(self.request, "content-type") or "").partition(";")
        if kind.strip().lower() not in JSON_TYPES or ("charset" in options.lower() and "utf-8" not in options.lower()):
            raise UnsupportedMediaType("body: expected Content-Type: application/json in UTF-8")
        return await self.raw()

    async def raw(self) -> bytes:
        """Return the body's bytes, of any type. Raises TooLarge over the limit."""
        if not self.known.has_body:
            return b""
        try:
            content = await self.request.body()
        except ClientException as problem:
            raise TooLarge(f"body: more than {self.services.settings.body_max_bytes} bytes") from problem
        record_content(content)
        return content


def _parsed_query(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError:
        raise MalformedRequest("query: expected at most 200 percent-encoded UTF-8 parameters") from None


def unknown_parameter(name: str, known: Collection[str]) -> FieldProblem:
    """Return the entry of `errors` for a query parameter that a route does not have."""
    return FieldProblem(pointer=name, code="unknown_parameter", message=unknown_name("parameter", name, known))


def _repeated(name: str) -> FieldProblem:
    return FieldProblem(pointer=name, code="invalid", message="given more than once; expected one value")


def path_value(request: Request[Any, Any, Any], name: str) -> str:
    """Percent-decode a path parameter once; the guard, the handler and the audit trail all read it here.

    Raises MalformedRequest for bytes that are not UTF-8.
    """
    try:
        return unquote(str(request.scope["path_params"][name]), errors="strict")
    except UnicodeDecodeError:
        raise MalformedRequest(f"{name}: expected percent-encoded UTF-8") from None


class DecodedRequest(Request[Any, Any, Any]):
    """A request with path parameters that are percent-decoded once, by `path_value`."""

    @property
    def path_params(self) -> dict[str, Any]:
        """The path parameters. Raises MalformedRequest for bytes that are not UTF-8."""
        return {name: path_value(self, name) for name in self.scope["path_params"]}


def context_of(request: Request[Any, Any, Any]) -> Context:
    """Return a request with the parts that serve it."""
    known = current_request()
    found: Context | None = known.context
    if found is None:
        found = known.context = Context(services=request.app.state.services, request=request, known=known)
    return found
