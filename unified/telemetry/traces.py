"""OpenTelemetry traces: what was done and how long it took, without any value. Off unless an endpoint is set.

A span has listed attributes only. The caller's `traceparent` (W3C Trace Context) becomes the parent. `tracestate` is
ignored, because it carries texts of third parties; neither header is ever sent to a provider.
"""

# ruff: noqa: PLC0415 - the SDK is imported only where traces are made

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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
"""Every attribute that a span may have, and what it means."""
_WORDS = frozenset(name.replace(".", "__") for name in ATTRIBUTES)
_KINDS = {"server": trace.SpanKind.SERVER, "client": trace.SpanKind.CLIENT, "internal": trace.SpanKind.INTERNAL}
_tracers: list[trace.Tracer] = []
"""The tracer of this process, or none: traces are switched on or off for the whole process, as logs are."""


class Span:
    """One span that takes listed attributes only; without a tracer it does nothing."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span | None = None) -> None:
        self._span = span

    def name(self, name: str) -> None:
        """Rename the span, when what it is about is known only at its end."""
        if self._span is not None:
            self._span.update_name(name)

    def note(self, **values: str | int | None) -> None:
        """Set attributes; in their names, two underscores mean a dot.

        Raises:
            KeyError: An attribute is not in `ATTRIBUTES`.
        """
        if not values.keys() <= _WORDS:
            unknown = ", ".join(sorted(values.keys() - _WORDS)).replace("__", ".")
            raise KeyError(f"{unknown} is not an attribute of a span. Known: {', '.join(sorted(ATTRIBUTES))}")
        if self._span is None:
            return
        for word, value in values.items():
            if value is not None:
                self._span.set_attribute(word.replace("__", "."), value)

    def fail(self) -> None:
        """Mark the span as failed; its attributes say why."""
        if self._span is not None:
            self._span.set_status(trace.StatusCode.ERROR)


_NO_SPAN = Span()
_UNTRACED = nullcontext(_NO_SPAN)


def start_traces(endpoint: str) -> Callable[[], None]:
    """Send traces to an OTLP endpoint (HTTP).

    Returns:
        A function that sends what is left and stops tracing.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    whole = endpoint if endpoint.endswith("/v1/traces") else f"{endpoint.rstrip('/')}/v1/traces"
    return trace_to(BatchSpanProcessor(OTLPSpanExporter(endpoint=whole)))


def trace_to(processor: "SpanProcessor") -> Callable[[], None]:
    """Hand traces to a processor; return the function that stops tracing."""
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


def span(name: str, kind: Kind, traceparent: str | None = None) -> AbstractContextManager[Span]:
    """Open a span for the time of the block; an exception marks it as failed and is not recorded."""
    return _traced(name, kind, traceparent) if _tracers else _UNTRACED


@contextmanager
def _traced(name: str, kind: Kind, traceparent: str | None) -> Iterator[Span]:
    with _tracers[-1].start_as_current_span(
        name,
        context=_parent(traceparent),
        kind=_KINDS[kind],
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        opened = Span(started)
        try:
            yield opened
        except BaseException:
            opened.fail()
            raise


def _parent(traceparent: str | None) -> "Context | None":
    if traceparent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def current_trace() -> str | None:
    """Return the id of the current trace as 32 hexadecimal digits; None outside of a trace."""
    if not _tracers:
        return None
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def traceparent_of(headers: Any) -> str | None:
    """Return the caller's `traceparent` among ASGI headers; None when it is absent or tracing is off."""
    if not _tracers:
        return None
    return next((value.decode("latin-1") for name, value in headers if name == b"traceparent"), None)
