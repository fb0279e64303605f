"""A stand-in that runs: its data, tokens and budget, and how one call goes through it."""

import logging
import random
from datetime import datetime, timedelta
from functools import cached_property

from unified.errors.configuration import CatalogError
from unified_sandbox.auth import MESSAGES, authorize
from unified_sandbox.messages import Answer, BadBody, Incoming, Record, Refused
from unified_sandbox.oauth import authorize_page, token_endpoint
from unified_sandbox.planting import Shape, fitted, own_ids, shape_of
from unified_sandbox.routing import Found, Router
from unified_sandbox.shown_records import Form, chosen_forms, form_shape, keep_shown, same_fields
from unified_sandbox.standin import StandIn, State
from unified_sandbox.tokens import Tokens

log = logging.getLogger(__name__)


class Live:
    """The mutable part of one stand-in; its data is made when it is first asked for."""

    def __init__(self, standin: StandIn, *, enforce_limits: bool = False) -> None:
        self.standin = standin
        self.tokens = Tokens(standin)
        self._router = Router(standin.routes)
        self._enforce = enforce_limits
        self._state: State | None = None
        self._window_end: datetime | None = None
        self._spent = 0
        self._shapes: dict[str, Shape] = {}
        self._shown_shapes: dict[tuple[str, str], list[Shape | None]] = {}

    @property
    def state(self) -> State:
        """The data, seeded from the stand-in's name, so that every run starts alike."""
        if self._state is None:
            self._state = State(self.standin.seed(random.Random(self.standin.name)))
        return self._state

    def plant(self, resource: str, id_: str, record: Record, base: str = "") -> Record:
        """Add a record, as it is stored or as the provider shows it, and return it in the form in which it was given.

        Raises:
            ValueError: When it does not fit; nothing is changed.
        """
        rows = self.state[resource]
        before, shown = rows.get(id_), self.state.shown.setdefault(resource, {}).pop(id_, None)
        try:
            forms = self._forms(resource, record, base)
            if not forms:
                self._store(resource, id_, record)
                return rows.get(id_, record)
            self._store_shown(resource, id_, record)
            keep_shown(self.state, resource, id_, record, forms)
        except Exception as problem:  # noqa: BLE001 - a record of another form can break any of the handlers' code
            rows.pop(id_, None)
            if before is not None:
                rows[id_] = before
            if shown is not None:
                self.state.shown[resource][id_] = shown
            raise problem if isinstance(problem, ValueError) else ValueError("The record does not fit its resource.") from None
        return record

    def _forms(self, resource: str, record: Record, base: str) -> list[Form]:
        """Return the forms in which a record may be shown; none where it is stored as it is."""
        first = self._first[resource]
        if not (self.standin.shaped and first):
            return []
        shows = self.standin.shows(self.state, resource, base)
        if (resource, base) not in self._shown_shapes:
            shapes = [form_shape(one, first, nullable=self.standin.nullable) for one in shows]
            self._shown_shapes[resource, base] = shapes
        found = zip(shows, self._shown_shapes[resource, base], strict=True)
        forms = (Form(show=show, shape=shape) for show, shape in found if shape is not None)
        return chosen_forms(record, self._shape(resource), forms)

    def _store(self, resource: str, id_: str, record: Record) -> None:
        rows, first = self.state[resource], self._first[resource]
        self.standin.plant(self.state, resource, id_, record)
        if self.standin.shaped and first:
            rows[id_] = fitted(own_ids(rows.get(id_, record), first, id_), self._shape(resource))

    def _store_shown(self, resource: str, id_: str, record: Record) -> None:
        """Store what follows from a record as it is shown; what it does not show stays as it was."""
        held = self.state[resource].get(id_, {})
        said = self.standin.stored(self.state, resource, record)
        fields = same_fields(record, self._shape(resource)) if said is None else said
        self._store(resource, id_, held | fields)

    def _shape(self, resource: str) -> Shape:
        if resource not in self._shapes:
            self._shapes[resource] = shape_of(self._first[resource].values(), nullable=self.standin.nullable)
        return self._shapes[resource]

    @cached_property
    def _first(self) -> dict[str, dict[str, Record]]:
        """The data as every run begins with it."""
        return dict(self.standin.seed(random.Random(self.standin.name)))

    def reset(self) -> None:
        """Forget the data and what the control surface changed; issued tokens stay."""
        self._state = None
        self._window_end, self._spent = None, 0
        self.tokens.restore()

    def is_token_call(self, path: str) -> bool:
        """Return whether the path is the token endpoint, which answers slowly under `delay_ms`."""
        return self.standin.oauth is not None and path == self.standin.oauth.token_path

    def answer(self, request: Incoming) -> tuple[Answer, bool]:
        """Answer one call, and whether the caller was authorized."""
        oauth = self.standin.oauth
        try:
            if oauth and request.path == oauth.token_path and request.method == "POST":
                reply = token_endpoint(request, self.tokens)
                return reply, reply.status < 400
            if oauth and oauth.authorize_path and request.path == oauth.authorize_path:
                return authorize_page(self.standin.name, request, self.tokens), True
            return self._api(request)
        except BadBody:
            return self.refuse(request, 400, "invalid_json", "The body is not valid JSON."), True

    def _api(self, request: Incoming) -> tuple[Answer, bool]:
        found = self._router.find(request.method, request.path)
        is_public = found is not None and found.template in self.standin.public
        verdict = authorize(request, self.standin.accepts, self.tokens)
        if not verdict.principal and not is_public:
            return self.refuse(request, 401, verdict.refusal, MESSAGES[verdict.refusal]), False
        if self._over_limit(request.now):
            return self.refuse(request, 429, "rate_limited", "Too many requests."), True
        if found is None:
            return self._unrouted(request), True
        return self._handled(found, request, verdict.principal), True

    def _handled(self, found: Found, request: Incoming, principal: str) -> Answer:
        filled = Incoming(
            method=request.method,
            path=request.path,
            params=found.params,
            query=request.query,
            headers=request.headers,
            body=request.body,
            base=request.base,
            now=request.now,
            principal=principal,
        )
        try:
            return found.handler(filled, self.state)
        except Refused as refused:
            return refused.answer
        except BadBody:
            raise
        except CatalogError as mistake:  # in the stand-in's own file; the text has no data
            log.error("the stand-in %s failed on %s %s: %s", self.standin.name, request.method, found.template, mistake)  # noqa: TRY400
            return self.refuse(request, 500, "server_error", f"The stand-in failed: {mistake}")
        except Exception:
            log.exception("the stand-in %s failed on %s %s", self.standin.name, request.method, found.template)
            return self.refuse(request, 500, "server_error", "The stand-in failed; its log says why.")

    def _unrouted(self, request: Incoming) -> Answer:
        methods = self._router.methods(request.path)
        if methods:
            return self.standin.refuse(405, "method_not_allowed", f"Allowed here: {', '.join(methods)}.")
        return self.standin.refuse(404, "not_found", f"No {request.method} {request.path} here.")

    def refuse(self, request: Incoming, status: int, code: str, message: str) -> Answer:
        """Return a refusal in the form of what is asked for."""
        found = self._router.find(request.method, request.path)
        own = None if found is None else self.standin.refusals.get((request.method, found.template))
        return (own or self.standin.refuse)(status, code, message)

    def _over_limit(self, now: datetime) -> bool:
        limit = self.standin.limit
        if limit is None or not self._enforce:
            return False
        if self._window_end is None or now >= self._window_end:
            self._window_end, self._spent = now + timedelta(seconds=limit.window_s), 0
        self._spent += 1
        return self._spent > limit.requests

    def informative_headers(self, status: int) -> dict[str, str]:
        """Return the stand-in's fixed headers and those of its budget; nothing remains on a 429."""
        limit = self.standin.limit
        if limit is None or limit.headers is None:
            return self.standin.headers
        remaining = 0 if status == 429 else max(0, limit.requests - max(1, self._spent))
        return self.standin.headers | dict(limit.headers(limit.requests, remaining, limit.window_s))
