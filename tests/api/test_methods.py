"""What a path takes is known of every path: any other method is 405 with the exact `Allow`, and OPTIONS says the same."""

import re

from litestar.routes import HTTPRoute

from tests.api.openapi.reading import DOCUMENT, OPERATIONS
from tests.cases import each
from unified.api.models.model_router import MODEL_OF
from unified.api.requests.declarations import METHODS, declaration_of
from unified.api.server import build_server
from unified.app.application import HANDLERS
from unified.models import MODELS
from unified.settings.settings import Settings

ASKED = [one for one in METHODS if one != "OPTIONS"]
SERVER = build_server(Settings(), None, HANDLERS)
TAKEN = {
    one.path: sorted(method for method, (handler, _) in one.route_handler_map.items() if declaration_of(handler) is not None)
    for one in SERVER.routes
    if isinstance(one, HTTPRoute)
}
"""Path → the methods that a handler of the project answers there."""
NOTHING = [path for path, methods in TAKEN.items() if set(methods) == set(METHODS)]
"""Paths at which no model is: every method answers 404 there."""
EXISTING = [path for path in TAKEN if path not in NOTHING]
RESERVED = [
    ("/".join(("", model.category, model.plural, *("cars" for _ in model.path_parameters), word)), only)
    for model in MODELS.values()
    for word, only in (("batch", "POST"), ("schema", "GET"))
    if word == "batch" or not model.path_parameters
]


DOCUMENTED = {
    re.sub(r"\{\w+\}", "x", path): sorted(verb.upper() for verb in verbs) for path, verbs in DOCUMENT["paths"].items()
}
OF_MODELS = {path for path, model in MODEL_OF.items() if model}


WITH_PAGES = {"/connect/x"}
"""Addresses that programs share with the forms of people, whose methods the document leaves out."""


def filled(path):
    """A path that reaches the route."""
    return re.sub(r"\{\w+:\w+\}", "x", path)


def expected(path):
    """The methods that a path has: of a model, those that the document has of it, as some provider offers them."""
    if re.sub(r":\w+\}", "}", path) in OF_MODELS:
        return DOCUMENTED.get(filled(path), [])
    return [one for one in TAKEN[path] if one != "OPTIONS"]


def allowed(answer):
    return [one.strip() for one in answer.headers["Allow"].split(",") if one]


@each("path", EXISTING)
async def test_a_method_that_a_path_does_not_take_is_refused_with_those_that_it_takes(world, path):
    for method in {*ASKED, "TRACE", "QUERY"} - set(TAKEN[path]):
        answer = await world.client.request(method, filled(path))
        assert answer.status_code == 405, f"{method}: {answer.status_code} {answer.text[:200]}"
        assert allowed(answer) == expected(path), method
        assert answer.json()["code"] == "method_not_allowed"


@each("path", [one for one in EXISTING if "OPTIONS" not in TAKEN[one]])
async def test_options_names_the_methods_that_a_path_takes(world, path):
    for headers in ({}, {"Authorization": ""}):
        answer = await world.client.request("OPTIONS", filled(path), headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
        assert allowed(answer) == expected(path)


async def test_options_of_what_is_documented_names_what_is_documented(world):
    for path, verbs in DOCUMENTED.items():
        if path in WITH_PAGES:
            continue
        assert allowed(await world.client.request("OPTIONS", path)) == verbs, path


def test_documented_methods_are_accepted():
    shapes = {re.sub(r"\{\w+:\w+\}", "{}", path): methods for path, methods in TAKEN.items()}
    plain = [one for one in OPERATIONS if one[2].get("x-method-class") != "custom"]
    missing = [f"{verb} {path}" for path, verb, _ in plain if verb.upper() not in shapes[re.sub(r"\{\w+\}", "{}", path)]]
    assert missing == []


@each(("path", "only"), RESERVED)
async def test_names_of_methods_are_not_ids_of_records(world, path, only):
    for account in (world.accounts["hubspot"], world.accounts["bamboohr"]):
        for method in ASKED:
            answer = await world.client.request(method, path, params={"account_id": account}, json={})
            assert (answer.status_code == 405) == (method != only), f"{method}: {answer.status_code} {answer.text[:200]}"
    if len(path.split("/")) == 4:
        assert (await world.client.post(f"{path}/merge", params={"account_id": account}, json={})).status_code == 404


@each("path", NOTHING)
async def test_a_path_of_nothing_takes_nothing(world, path):
    for method in METHODS:
        answer = await world.client.request(method, filled(path))
        assert answer.status_code == 404, method


def test_every_model_has_paths():
    assert {one.id for one in MODEL_OF.values()} == set(MODELS)
