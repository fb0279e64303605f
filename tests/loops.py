"""The event loops that the service runs on, for tests of what depends on them: conftest files return these from the hook."""

import asyncio

import uvloop

ASYNCIO = {"asyncio": asyncio.new_event_loop}
LOOPS = {**ASYNCIO, "uvloop": uvloop.new_event_loop}
