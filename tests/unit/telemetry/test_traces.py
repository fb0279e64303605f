"""Traces tell what was done and for how long, and no value: off they do nothing, on they hold listed attributes only."""

import asyncio

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.trace_fixtures import otlp_receiver
from unified.errors.providers import ProviderTimeout
from unified.telemetry.instrumentation import observe_call, observe_delivery, observe_refresh, observe_request
from unified.telemetry.traces import ATTRIBUTES, current_trace, span, start_traces, traceparent_of

PLANTED = "planted-s3cret"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_without_an_endpoint_nothing_is_made():
    with span("a", "internal", PARENT) as made:
        made.name("b")
        made.note(http__route="/x")
        made.fail()
        assert current_trace() is None
    assert traceparent_of([(b"traceparent", PARENT.encode())]) is None


def test_a_request_and_the_call_in_it(spans):
    with observe_request("GET", PARENT) as request:
        with observe_call("acme", "POST") as call:
            call.status = 201
        assert current_trace() == "0af7651916cd43dd8448eb211c80319c"
        request.route, request.status = "/crm/{model:str}", 200
    call, request = spans()
    assert (request.name, request.kind.name, dict(request.attributes)) == (
        "GET /crm/{model:str}",
        "SERVER",
        {"http.request.method": "GET", "http.route": "/crm/{model:str}", "http.response.status_code": 200},
    )
    assert (call.name, call.kind.name, dict(call.attributes)) == (
        "POST acme",
        "CLIENT",
        {"unified.provider": "acme", "http.request.method": "POST", "unified.outcome": "2xx", "http.response.status_code": 201},
    )
    assert call.parent.span_id == request.context.span_id
    assert f"{request.parent.span_id:016x}" == "b7ad6b7169203331"


@pytest.mark.parametrize("parent", ["", PLANTED, "00-" + "0" * 32 + "-b7ad6b7169203331-01", PARENT + PLANTED * 1000])
def test_a_broken_traceparent_begins_its_own_trace(spans, parent):
    with observe_request("GET", parent):
        pass
    assert spans()[0].parent is None


def test_an_invalid_method_is_not_repeated(spans):
    with observe_request(PLANTED) as seen:
        seen.status = 405
    assert spans()[0].name == "OTHER unknown"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(ProviderTimeout(PLANTED), "timeout"), (asyncio.CancelledError(PLANTED), "interrupted"), (ValueError(PLANTED), "failed")],
)
def test_an_exception_marks_the_span_and_is_not_recorded(spans, error, outcome):
    with pytest.raises(type(error)), observe_call("acme", "GET"):
        raise error
    (one,) = spans()
    assert (one.attributes["unified.outcome"], one.status.status_code.name, one.status.description) == (outcome, "ERROR", None)
    assert one.events == ()
    assert PLANTED not in one.to_json()


def test_refreshes_and_deliveries(spans):
    with observe_refresh("acme") as refresh:
        refresh.outcome = "needs_reauth"
    with observe_delivery() as delivery:
        delivery.outcome, delivery.status = "disabled", 410
    assert [(one.name, one.attributes["unified.outcome"]) for one in spans()] == [
        ("refresh acme", "needs_reauth"),
        ("deliver webhook", "disabled"),
    ]


def test_an_attribute_that_is_not_listed_is_refused(spans):
    with span("a", "internal") as made, pytest.raises(KeyError) as refused:
        made.note(url__path=PLANTED)
    assert refused.value.args == (f"url.path is not an attribute of a span. Known: {', '.join(sorted(ATTRIBUTES))}",)


@pytest.fixture
def receiver():
    with otlp_receiver() as receiver:
        yield receiver


@pytest.mark.parametrize("ending", ["", "/", "/v1/traces"])
def test_an_export_reaches_a_receiver(receiver, ending):
    url, came = receiver
    stop = start_traces(url + ending)
    with observe_request("GET") as seen:
        seen.route, seen.status = "/health", 200
    stop()
    ((path, _, body),) = came
    export = ExportTraceServiceRequest.FromString(body)
    (one,) = export.resource_spans[0].scope_spans[0].spans
    assert (path, one.name, one.trace_state) == ("/v1/traces", "GET /health", "")
    assert [pair.key for pair in export.resource_spans[0].resource.attributes] == ["service.name", "service.version"]
