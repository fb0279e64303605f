"""The route table is all there is: what is not listed does not exist, and who may not pass is refused before the handler."""

import re
from copy import copy

import httpx2
import msgspec
import pytest
from litestar import Litestar, Response, asgi, get
from litestar.routes import HTTPRoute
from litestar.types import Receive, Scope, Send

from tests.cases import each
from tests.routes import ROUTE_TABLE
from unified.api.middleware.safe_headers import SAFE_HEADERS
from unified.api.request_checks import receive_request
from unified.api.requests.access import GATES
from unified.api.requests.declarations import DECLARED, Declaration, declaration_of, public, requires, requires_gate
from unified.api.server import build_server
from unified.app.application import create_app
from unified.cli.operators.serve import refuse_open_address
from unified.errors.configuration import ConfigurationError
from unified.service.access.permissions import ROLES
from unified.service.access.scope.scopes import PERMISSIONS
from unified.settings.settings import Settings

REFUSALS = {"key": {401}, "token": {400, 401, 403, 404, 421}, "session": {303, 401, 403}}
"""How each access refuses who brings nothing; a `token` may be part of the path, which is then unknown; agents name the host, too."""
GUARDED = [(method, one) for one in ROUTE_TABLE if one.access != "public" for method in one.methods]
MANAGING = [(method, one) for method, one in GUARDED if one.access == "key" and one.needs in PERMISSIONS]
ORIGINS = ["https://evil.example", "null", "https://unified.evil.example", "http://unified", "http://unified.example"]


def names(pairs):
    return [f"{method} {one.path}" for method, one in pairs]


def address(route):
    """A path that reaches the route."""
    return re.sub(r"\{\w+:\w+\}", "x", route.path)


@pytest.fixture
def built(tmp_path):
    """The server as `create_app` composes it, without what is around it."""
    app = create_app(Settings(home=tmp_path))
    server = app
    while not isinstance(server, Litestar):  # what stands around the server is functions, each holding the next one
        (server,) = [
            cell.cell_contents
            for name, cell in zip(server.__code__.co_freevars, server.__closure__, strict=True)
            if name == "app"
        ]
    return server


def test_the_server_has_the_routes_of_the_table_and_no_others(built):
    table = {(method, one.path) for one in ROUTE_TABLE for method in one.methods if method != "OPTIONS"}
    assert all(type(one) is HTTPRoute for one in built.routes), "a mounted application would pass the guard by"
    served = set()
    for route in built.routes:
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":
                assert handler.resolve_before_request() is receive_request
                served.add((method, declaration_of(handler).template or route.path))
    assert served == table
    listed = [(method, one.path) for one in ROUTE_TABLE for method in one.methods]
    assert len(listed) == len(set(listed)), "a method of a path is listed twice"


@each("route", ROUTE_TABLE, ids=lambda one: one.path)
def test_every_route_says_who_may_reach_it(route):
    assert route.access in {"public", *REFUSALS}
    assert callable(route.declared.find_gate(route.path))


def test_a_handler_that_passes_the_guard_by_stops_the_start():
    async def own(_request) -> None: ...

    @get("/x", opt=public(), before_request=own)
    async def unguarded() -> None: ...

    with pytest.raises(ValueError, match=r"^/x: the handler unguarded has its own before_request, so no guard runs$"):
        build_server(Settings(), None, [unguarded])


def test_a_handler_with_a_middleware_of_its_own_stops_the_start():
    @get("/x", opt=public(), middleware=[lambda app: app])
    async def around() -> None: ...

    with pytest.raises(ValueError, match=r"^/x: the handler around has its own middleware, so no guard may run$"):
        build_server(Settings(), None, [around])


@get("/x", opt=requires("key"))
async def nothing() -> dict[str, str]:
    return {}


def test_a_handler_that_declares_nothing_stops_the_start():
    @get("/x")
    async def forgotten() -> None: ...

    message = r"^/x: the handler forgotten declares no access; add opt=requires\(…\) or public\(\)$"
    with pytest.raises(ValueError, match=message):
        build_server(Settings(), None, [forgotten])


def test_what_passes_the_guard_by_stops_the_start():
    @asgi("/x", is_mount=True, copy_scope=True)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None: ...

    with pytest.raises(ValueError, match=r"^/x: expected an HTTP route; nothing else passes the guard$"):
        build_server(Settings(), None, [mounted])


@pytest.mark.parametrize(("access", "gate"), [("unheard", None), ("key", GATES["public"]), ("session", GATES["key"])])
def test_a_route_without_a_gate_or_with_another_than_its_access_has_is_not_built(access, gate):
    route = copy(nothing)
    route.opt = {DECLARED: Declaration(access=access, needs="key", gate=gate)}
    with pytest.raises(ValueError, match=r"^/x: expected an access with a gate, or access token with its own gate$"):
        build_server(Settings(), None, [route])


@each(("method", "route"), GUARDED, ids=names(GUARDED))
async def test_no_request_passes_without_credentials(world, method, route):
    world.services.attempts.keys._failures.clear()  # the cases share a world, and this address must not be slowed down
    for authorization in ("", "Bearer ", "Bearer uk_wrong", "Basic dXNlcjpwdw==", f"Bearer {'x' * 10_000}"):
        asked = {
            "headers": {"Authorization": authorization},
            "data": {"form": "sent"} if route.access == "token" and method == "POST" else None,
        }
        answer = await world.client.request(method, address(route), **asked)
        assert answer.status_code in REFUSALS[route.access]
        if route.access == "key":
            assert answer.json()["code"] == "unauthenticated"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@each(("method", "route"), MANAGING, ids=names(MANAGING))
async def test_managing_routes_refuse_keys_of_roles_without_the_permission(world, method, route):
    roles = [role for role, held in ROLES.items() if route.needs in held]
    for role in sorted({"admin", "app", "approver"} - set(roles)):
        key = await world.key(role=role)
        answer = await world.client.request(method, address(route), headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")
        assert answer.json()["detail"] == f"expected a key of role {' or '.join(roles)}, got one of role {role}"
    bare = await world.key(role="admin", scope={"methods": ["read"]})
    answer = await world.client.request(method, address(route), headers={"Authorization": f"Bearer {bare}"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == f"the key's scope does not include the permission `{route.needs}` in `manage`"


class Broken:
    """Stands in for the rows: asking them fails."""

    def __init__(self, error):
        self.error = error

    async def key(self, _digest):
        raise self.error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RuntimeError("planted-detail"), (500, "internal")),
        (KeyError("planted-detail"), (500, "internal")),
        (OSError("planted-detail"), (503, "overloaded")),
    ],
)
@pytest.mark.parametrize("access", ["key"])
async def test_any_exception_of_authentication_denies(world, error, outcome, access):
    reached = []

    @get("/x", opt={DECLARED: Declaration(access=access, needs="key")})
    async def handler() -> dict[str, str]:
        reached.append(1)
        return {}

    server = build_server(Settings(), None, [handler])
    server.state.services = msgspec.structs.replace(world.services, rows=Broken(error))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server), base_url="http://unified") as client:
        answer = await client.get("/x", headers={"Authorization": f"Bearer {world.admin_key}"})
    assert (answer.status_code, answer.json()["code"], reached) == (*outcome, [])
    assert "planted-detail" not in answer.text


async def test_a_route_that_takes_its_own_token_asks_its_gate_only(world):
    asked = []

    async def gate(_services, request):
        asked.append(request.url.path)
        raise RuntimeError("planted-detail")

    route = copy(nothing)
    route.opt = requires_gate(gate, "key")
    server = build_server(Settings(), None, [route])
    server.state.services = world.services
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server), base_url="http://unified") as client:
        answer = await client.get("/x", headers={"Authorization": f"Bearer {world.admin_key}"})
    assert (answer.status_code, asked) == (500, ["/x"])


@each("origin", ORIGINS)
@each("path", ["/accounts", "/crm/contacts", "/health", "/metrics", "/nowhere"])
@each("method", ["OPTIONS", "GET"])
async def test_no_origin_is_allowed(world, method, path, origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    answer = await world.client.request(method, path, headers={**headers, "Cookie": "a=b"})
    assert [name for name in answer.headers if name.startswith("access-control-")] == []


@each("path", ["/health", "/accounts", "/nowhere", "/docs", "/docs/start.js", "/openapi.json", "/metrics"])
async def test_every_answer_has_safe_headers(world, path):
    answer = await world.client.get(path)
    for name in SAFE_HEADERS:
        assert len(answer.headers.get_list(name.decode())) == 1, name
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_handlers_own_header_stays(world):
    @get("/x", opt=public())
    async def handler() -> Response[str]:
        return Response(content="", headers={"Content-Security-Policy": "default-src 'self'"})

    server = build_server(Settings(), None, [handler])
    server.state.services = world.services
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server), base_url="http://unified") as client:
        assert (await client.get("/x")).headers.get_list("content-security-policy") == ["default-src 'self'"]


def test_the_default_address_is_this_machine():
    assert Settings().host == "127.0.0.1"
    refuse_open_address(Settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "unified.example"])
def test_an_address_for_others_needs_to_be_known(host):
    with pytest.raises(ConfigurationError) as refused:
        refuse_open_address(Settings(host=host))
    assert str(refused.value).startswith(f"{host} is reachable from other machines: set UNIFIED_PUBLIC_URL to the https URL")
    refuse_open_address(Settings(host=host, public_url="https://unified.example"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "unified.example"])
@pytest.mark.parametrize("url", ["http://unified.example", "http://127.0.0.1:8400", "http://x"])
def test_a_public_address_uses_https_unless_configured_otherwise(host, url):
    with pytest.raises(ConfigurationError, match=f"got {url}. With UNIFIED_PLAIN_HTTP=true"):
        refuse_open_address(Settings(host=host, public_url=url))
    refuse_open_address(Settings(host=host, public_url=url, plain_http=True))
    with pytest.raises(ConfigurationError, match="set UNIFIED_PUBLIC_URL"):
        refuse_open_address(Settings(host=host, plain_http=True))
