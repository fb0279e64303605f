"""OpenTelemetry traces: what was done and how long it took, without any value. Off unless an endpoint is set.

A span has listed attributes only. The caller's `traceparent` (W3C Trace Context) becomes the parent; `tracestate` is not
taken, for it carries texts of others, and neither is ever sent to a provider.
"""

# ruff: noqa: PLC0415 - the SDK is loaded only where traces are made

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from opentelemetry import trace

from unified.version import __version__

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor

Kind = Literal["server", "client", "internal"]
ATTRIBUTES = {
    "http.request.method": "the HTTP method",
    "http.route": "the route's template",
    "http.response.status_code": "the status",
    "unified.provider": "the provider's name",
    "unified.outcome": "how it ended, in a word",
}
"""Every attribute that a span may have, and what it tells."""
_KINDS = {"server": trace.SpanKind.SERVER, "client": trace.SpanKind.CLIENT, "internal": trace.SpanKind.INTERNAL}
_tracers: list[trace.Tracer] = []
"""The tracer of this process, or none: traces are made or not for the whole process, as logs are."""


class Span:
    """One span that takes listed attributes only; without a tracer it does nothing."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span | None = None) -> None:
        self._span = span

    def name(self, name: str) -> None:
        """Name it anew, when what it was about is known only at its end."""
        if self._span is not None:
            self._span.update_name(name)

    def note(self, **values: str | int | None) -> None:
        """Set attributes, their dots written as two underscores; KeyError for one that is not listed."""
        for word, value in values.items():
            name = word.replace("__", ".")
            if name not in ATTRIBUTES:
                raise KeyError(f"{name} is no attribute of a span. Known: {', '.join(sorted(ATTRIBUTES))}")
            if self._span is not None and value is not None:
                self._span.set_attribute(name, value)

    def fail(self) -> None:
        """Mark it as failed; why is told by its attributes."""
        if self._span is not None:
            self._span.set_status(trace.StatusCode.ERROR)


_NO_SPAN = Span()


def start_traces(endpoint: str) -> Callable[[], None]:
    """Make traces and send them to an OTLP endpoint (HTTP); the answer ends that, after what is left was sent."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    whole = endpoint if endpoint.endswith("/v1/traces") else f"{endpoint.rstrip('/')}/v1/traces"
    return trace_to(BatchSpanProcessor(OTLPSpanExporter(endpoint=whole)))


def trace_to(processor: "SpanProcessor") -> Callable[[], None]:
    """Make traces and hand them to a processor; the answer ends that."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource({"service.name": "unified", "service.version": __version__}))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("unified", __version__)
    _tracers.append(tracer)

    def stop() -> None:
        _tracers.remove(tracer)
        provider.shutdown()

    return stop


@contextmanager
def span(name: str, kind: Kind, traceparent: str | None = None) -> Iterator[Span]:
    """One span for the time of the block; an exception marks it as failed and is not recorded."""
    if not _tracers:
        yield _NO_SPAN
        return
    with _tracers[-1].start_as_current_span(
        name,
        context=_parent(traceparent),
        kind=_KINDS[kind],
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        made = Span(started)
        try:
            yield made
        except BaseException:
            made.fail()
            raise


def _parent(traceparent: str | None) -> "Context | None":
    if traceparent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def current_trace() -> str | None:
    """The id of the trace that this code runs in, as 32 hexadecimal digits."""
    if not _tracers:
        return None
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else None


def traceparent_of(headers: Any) -> str | None:
    """The caller's `traceparent` among ASGI headers, when traces are made."""
    if not _tracers:
        return None
    return next((value.decode("latin-1") for name, value in headers if name == b"traceparent"), None)
