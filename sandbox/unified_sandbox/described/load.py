"""Reading `providers/<name>.sandbox.yaml` into a stand-in."""

import functools
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from unified.catalog.files.decode import decode
from unified.catalog.files.source import Source, read_source
from unified_sandbox.described.answering import refusal
from unified_sandbox.described.compiling import compile_plan
from unified_sandbox.described.document import Limit, OAuthFile, StandInFile
from unified_sandbox.described.evaluation import Evaluator, evaluate, evaluate_object
from unified_sandbox.described.handling import handler_of
from unified_sandbox.described.plan import Plan, PlannedRoute
from unified_sandbox.described.planting import plant, shows_of, stored_fields
from unified_sandbox.described.seeding import seed_all
from unified_sandbox.messages import Answer, Incoming, Record
from unified_sandbox.standin import OAuth, RateLimit, Route, StandIn, oauth_refusal

LIMITED = 429
SUFFIX = ".sandbox.yaml"


def standin_files(folder: Path) -> dict[str, Path]:
    """Return the files of a catalog's stand-ins by the name of the provider."""
    return {one.name.removesuffix(SUFFIX): one for one in sorted((folder / "providers").glob(f"*{SUFFIX}"))}


def load_standin(path: Path) -> StandIn:
    """Return the stand-in that a file describes.

    Raises:
        CatalogError: The file is invalid; the message gives file, line and column.
    """
    source = read_source(path, name=f"providers/{path.name}")
    file = decode(source, StandInFile)
    name = path.name.removesuffix(SUFFIX)
    plan, routes = compile_plan(name, file, source)
    paths = [
        (method, f"{prefix}{target}{ending}", group)
        for (method, target), group in routes.items()
        for prefix in ("",) * group[0].rules.at_root or file.prefixes
        for ending in ("", *file.endings)
    ]
    return StandIn(
        name=name,
        seed=functools.partial(_seed, plan),
        routes=(
            *(_route(method, target, group, plan) for method, target, group in paths),
            *_graphql(plan, source, path.parent),
        ),
        refuse=functools.partial(_refuse, plan, None),
        refusals={
            (method, target): functools.partial(_refuse, plan, group[0])
            for method, target, group in paths
            if group[0].refusals is not None
        },
        accepts=file.accepts,
        demo_credentials=file.credentials,
        demo_settings=file.settings,
        oauth=_oauth(file.oauth, source),
        limit=_limit(file.limit, source),
        headers=file.headers,
        answers=file.answers,
        public=frozenset(target for _, target, group in paths if group[0].rules.public),
        plant=functools.partial(plant, plan),
        shows=functools.partial(shows_of, plan, [one for group in routes.values() for one in group]),
        stored=functools.partial(stored_fields, plan),
        shaped=True,
        nullable=True,
    )


def _route(method: str, target: str, group: Any, plan: Plan) -> Route:
    return method, target, handler_of(tuple(group), plan)


def _graphql(plan: Plan, source: Source, folder: Path) -> tuple[Route, ...]:
    rules = plan.file.graphql
    if rules is None:
        return ()
    from unified_sandbox.described.graphql import graphql_route  # noqa: PLC0415  # loaded where a file needs it

    return (graphql_route(plan, rules, source, folder),)


def _seed(plan: Plan, rng: random.Random) -> dict[str, dict[str, Record]]:
    return seed_all(plan.name, plan.collections, rng, plan.file.moments, plan.zone)


def _refuse(plan: Plan, route: PlannedRoute | None, status: int, code: str, message: str) -> Answer:
    answer = refusal(plan, code, message, status=status, route=route)
    limit = plan.file.limit
    return msgspec.structs.replace(answer, headers=answer.headers | limit.refused) if limit and status == LIMITED else answer


def _oauth(rules: OAuthFile | None, source: Source) -> OAuth | None:
    if rules is None:
        return None
    evaluator = Evaluator(source)
    return OAuth(
        token_path=rules.token_path,
        authorize_path=rules.authorize_path,
        lifetime_s=rules.lifetime_s,
        rotate=rules.rotate,
        refreshable=rules.refreshable,
        grants=frozenset(rules.grants),
        client_auth=frozenset(rules.client_auth),
        pkce_required=rules.pkce_required,
        shape=_token_answer(evaluator, rules),
        refuse=_token_refusal(evaluator, rules),
    )


def _token_answer(evaluator: Evaluator, rules: OAuthFile) -> Callable[[Record, Incoming], Record]:
    expression = evaluator.compile(("oauth", "answer"), rules.answer)

    def shape(body: Record, request: Incoming) -> Record:
        return evaluate_object(expression, body, {"base": request.base}, body)

    return shape


def _token_refusal(evaluator: Evaluator, rules: OAuthFile) -> Callable[[int, str, str], Answer]:
    expression = evaluator.compile(("oauth", "refusal"), rules.refusal)

    def refuse(status: int, error: str, description: str) -> Answer:
        usual = oauth_refusal(status, error, description)
        seen = {"error": error, "description": description, "status": status}
        return Answer(rules.refusal_status or status, evaluate(expression, {}, seen, usual.body))

    return refuse


def _limit(rules: Limit | None, source: Source) -> RateLimit | None:
    if rules is None:
        return None
    evaluator = Evaluator(source)
    compiled = {name: evaluator.compile(("limit", "headers", name), text) for name, text in rules.headers.items()}

    def headers(limit: int, remaining: int, window: int) -> Mapping[str, str]:
        seen = {"limit": limit, "remaining": remaining, "window": window, "ends": int(time.time()) + window}
        return {name: str(evaluate(expression, {}, seen, "")) for name, expression in compiled.items()}

    return RateLimit(requests=rules.requests, window_s=rules.window_s, headers=headers)
