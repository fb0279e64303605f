"""A worker loads what every request needs; what some requests need is loaded with the first of them, or never."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from unified.app.preparation import prepare
from unified.settings.settings import Settings

pytestmark = pytest.mark.slow

LATER = {
    "alembic": "an upgrade of the database",
    "PIL": "the first logo of a tenant",
    "attr": "nothing: litestar and rich would load it",
    "cryptography.x509": "the first connection with TLS, or the first key of an account",
    "httpcore2": "the first connection with TLS, by httpx2",
    "httpx2": "the first connection with TLS",
    "jinja2": "the first page",
    "jsonschema": "the first call of a tool",
    "jwt": "the first key of an account, which signs assertions",
    "mako": "an upgrade of the database, by Alembic",
    "mcp": "the first message of an agent",
    "opentelemetry.exporter": "UNIFIED_OTLP_ENDPOINT",
    "opentelemetry.sdk": "UNIFIED_OTLP_ENDPOINT",
    "phonenumbers": "the first number in national format",
    "pycountry": "the first country",
    "pydantic": "the first message of an agent, by mcp",
    "pygments": "the command line, by rich",
    "redis": "UNIFIED_REDIS_URL",
    "referencing": "the first call of a tool, by jsonschema",
    "rich": "the command line",
    "sqlalchemy.orm": "nothing: SQLAlchemy's package for asyncio would load it",
    "swagger_ui": "nothing: only its files are read",
    "typer": "the command line",
    "unified.api.openapi": "the first request for the document",
    "unified.authoring": "the command line",
    "unified_jsonata.compiler": "the first expression that is evaluated",
}
"""Packages that a worker must not load when it starts, and what each is loaded for."""
MOST_MODULES = 1_640
"""Modules of a worker that has started, the standard library's among them: Python 3.13 has 1,485."""
PROGRAM = """
import asyncio, json, os, sys
import unified.server.service_process
from unified.app.application import create_app
from unified.settings.environment import from_environment

async def start():
    done = asyncio.Event()
    app = create_app(from_environment(os.environ), prepared=True)
    came = iter([{"type": "lifespan.startup"}])

    async def receive():
        message = next(came, None)
        if message is None:
            await done.wait()
        return message or {"type": "lifespan.shutdown"}

    async def send(message):
        if message["type"] != "lifespan.startup.complete":
            return
        print(json.dumps(sorted(sys.modules)))
        done.set()

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

asyncio.run(start())
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The modules of a worker that has started and has answered nothing yet."""
    home = tmp_path_factory.mktemp("home")
    asyncio.run(prepare(Settings(home=home)))
    environment = {name: text for name, text in os.environ.items() if not name.startswith("UNIFIED_")}
    command = (sys.executable, "-c", PROGRAM)
    done = subprocess.run(command, env={**environment, "UNIFIED_HOME": str(home)}, capture_output=True, text=True, check=True)
    return frozenset(json.loads(done.stdout))


@pytest.mark.parametrize("package", LATER)
def test_a_worker_starts_without_what_it_may_never_need(loaded, package):
    assert "litestar" in loaded
    assert [one for one in loaded if one == package or one.startswith(f"{package}.")] == []


def test_the_number_of_modules_of_a_start_is_bounded(loaded):
    assert len(loaded) < MOST_MODULES
