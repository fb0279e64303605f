"""Runnable stand-ins of SaaS providers, for the demo, for recordings and for tests; never part of `serve`.

One ASGI app (`app.create_sandbox`) holds every stand-in under `/{provider}/…`. A stand-in is one module here that
defines `STANDIN` (see `standin.StandIn`); `registry.discover` finds it. docs/sandbox.md shows how to write one.
"""
