"""A log line has listed fields only: planted secrets and data never reach it, whatever way they take."""

import ast
import asyncio
import base64
import importlib.util
import io
import json
import logging
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import structlog

from unified.errors.configuration import ConfigurationError
from unified.store.engine.tables import TENANTS
from unified.telemetry.fields import FIELDS, MASK
from unified.telemetry.library_messages import SENTENCES
from unified.telemetry.logs import configure_logs

PLANTED = "uk_pLaNtEd-s3cret/ada@engines.example"
PACKAGE = Path(__file__).parents[3] / "unified"
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")


@pytest.fixture
def lines():
    """Configures the logs into a text and answers what stands there, after a search for what was planted."""
    root, raising, structured = logging.getLogger(), logging.raiseExceptions, structlog.get_config()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):  # servers of other tests may have made them quiet
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True
    configure_logs(stream)

    def read():
        text = stream.getvalue()
        assert forms(text) == [], "what was planted stands in the log"
        return [json.loads(line) for line in text.splitlines()]

    yield read
    logging.captureWarnings(False)
    root.handlers, logging.raiseExceptions = before, raising
    root.setLevel(level)
    structlog.configure(**structured)


def forms(text):
    """In which forms the planted text is found."""
    raw = PLANTED.encode()
    found = {"raw": PLANTED, "hex": raw.hex(), "reversed": PLANTED[::-1], "local part": "pLaNtEd"}
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + raw).decode()
        found[f"base64 {shift}"] = encoded[4 if shift else 0 : -4]
    return [name for name, form in found.items() if form in text]


def test_the_search_finds_what_is_there():
    assert forms(f"x{PLANTED}") == ["raw", "local part"]
    assert forms(PLANTED.encode().hex()) == ["hex"]
    assert "base64 1" in forms(base64.b64encode(b"k" + PLANTED.encode()).decode())


def log():
    return structlog.get_logger("unified.tests")


def test_a_field_that_is_not_listed_is_dropped(lines):
    log().info(
        "request", status=200, path=f"/mcp/{PLANTED}", query=PLANTED, body=base64.b64encode(PLANTED.encode()), **{PLANTED: 1}
    )
    (line,) = lines()
    assert {name: line[name] for name in line if name != "timestamp"} == {
        "level": "info",
        "logger": "unified.tests",
        "event": "request",
        "status": 200,
    }


@pytest.mark.parametrize("name", sorted(FIELDS.keys() - {"meaning", "timestamp", "level", "logger"}))
@pytest.mark.parametrize("value", [PLANTED, PLANTED.encode(), [PLANTED], {"a": PLANTED}, ValueError(PLANTED), None, True])
def test_a_value_without_its_fields_form_is_masked(lines, name, value):
    event, fields = (value or "", {}) if name == "event" else ("request", {name: value})
    log().info(event, **fields)
    assert lines()[0][name] in (MASK, [MASK])


def test_the_name_of_a_table_is_text(lines):
    log().error("row_forged", table=TENANTS.name)
    assert lines()[0]["table"] == "tenants"


def test_a_setting_that_cannot_work_is_reported(lines):
    log().error("start_failed", problem=ConfigurationError("UNIFIED_PORT: expected a number"))
    assert lines()[0]["problem"] == "UNIFIED_PORT: expected a number"


def test_a_setting_with_bytes_that_are_not_utf_8_is_reported(lines):
    log().error("start_failed", problem=ConfigurationError("UNIFIED_HOME: \udcff"))
    assert lines()[0]["problem"] == "UNIFIED_HOME: \udcff"


def fail():
    try:
        raise KeyError(PLANTED)
    except KeyError as inner:
        raise ValueError(f"record {PLANTED}") from inner


def test_an_exception_is_its_kind_and_places(lines):
    from unified.telemetry.traces import Span

    try:
        Span().note(**{PLANTED: PLANTED})
    except KeyError:
        log().exception("fault")
    (line,) = lines()
    assert (line["kind"], [place.partition(":")[0] for place in line["at"]]) == ("KeyError", ["telemetry/traces.py"])


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "alembic", "sqlalchemy.pool", "litestar", "unknown"])
def test_an_exception_of_a_library_keeps_kind_and_causes_only(lines, name):
    try:
        fail()
    except ValueError:
        logging.getLogger(name).exception("Exception in ASGI application\n", extra={"body": PLANTED}, stack_info=True)
    (line,) = lines()
    assert (line["kind"], line["causes"], line["at"], line["logger"]) == ("ValueError", ["KeyError"], [], name)
    assert line.get("event") == ("Exception in ASGI application" if name == "uvicorn.error" else None)


def test_texts_and_arguments_of_libraries_are_not_repeated(lines):
    logging.getLogger("uvicorn.error").error("started with %s", PLANTED)
    logging.getLogger("uvicorn.error").error(f"Traceback (most recent call last):\n{PLANTED}")  # noqa: G004 - as libraries do
    logging.getLogger("uvicorn.error").warning("Cancel %s running task(s), timeout graceful shutdown exceeded", PLANTED)
    logging.getLogger("sqlalchemy.engine").error(f"[parameters: {PLANTED}]")  # noqa: G004 - as libraries do
    logging.getLogger("unified.access").error(PLANTED)
    assert [line.get("event") for line in lines()] == [
        None,
        None,
        "Cancel … running task(s), timeout graceful shutdown exceeded",
        None,
        None,
    ]


def test_no_sentence_is_shown_with_a_place_that_is_not_filled(lines):
    for logger, sentences in SENTENCES.items():
        for template in sentences:
            for arguments in ((), (7,), (PLANTED,), (True,), (7.5, {"a": PLANTED})):
                logging.getLogger(logger).handle(
                    logging.LogRecord(logger, logging.WARNING, __file__, 1, template, arguments, None)
                )
    told = [line["event"] for line in lines()]
    assert len(told) == 5 * sum(map(len, SENTENCES.values()))
    assert "Started server process [7]" in told
    assert [one for one in told if "%" in one or PLANTED in one] == []


def test_a_record_that_cannot_be_formatted_is_not_printed(lines, capsys):
    logging.getLogger("uvicorn.error").error("%d items", PLANTED)
    lines()
    assert capsys.readouterr() == ("", "")


def test_warnings_are_not_printed_with_their_text(lines, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(PLANTED, stacklevel=1)
    assert [line["logger"] for line in lines()] == ["py.warnings"]
    assert capsys.readouterr() == ("", "")


async def test_a_task_that_no_one_awaits(lines):
    async def lost():
        fail()

    task = asyncio.ensure_future(lost())
    await asyncio.wait({task})
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    (line,) = lines()
    assert (line["logger"], line["event"], line["kind"]) == ("asyncio", "Task exception was never retrieved", "ValueError")


CRASHES = {
    "crashed": "raise ValueError(PLANTED)",
    "thread_crashed": "import threading\ndef run(): raise ValueError(PLANTED)\nthreading.Thread(target=run).start()",
    "unraisable": "class Odd:\n    def __del__(self): raise ValueError(PLANTED)\nOdd()",
}


@pytest.mark.parametrize("event", CRASHES)
def test_a_crash_prints_no_message(event):
    head = "from unified.telemetry.logs import *\nconfigure_logs(); catch_uncaught()\n"
    ended = subprocess.run(
        [sys.executable, "-c", f"{head}PLANTED = {PLANTED!r}\n{CRASHES[event]}"], capture_output=True, text=True, check=False
    )
    (line,) = [json.loads(one) for one in ended.stderr.splitlines()]
    assert (line["event"], line["kind"]) == (event, "ValueError")
    assert forms(ended.stderr + ended.stdout) == []


def test_the_known_sentences_stand_in_the_libraries():
    """A sentence that a library no longer says is taken out, so that the list stays true."""
    for logger, sentences in SENTENCES.items():
        spec = importlib.util.find_spec(logger.partition(".")[0])
        folder = Path(spec.origin).parent
        code = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
        # asyncio puts the class of what was lost in front: Task, Future.
        fixed = [re.sub("^(Task|Future) (?=exception)", "", one) for one in sentences]
        assert [one for one in fixed if one not in code] == []


def calls():
    """Every call of a logger in the package: file, line, name of the event, names and nodes of its fields."""
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and re.fullmatch(rf"log\.({'|'.join(LEVELS)})", ast.unparse(node.func)):
                yield f"{file.relative_to(PACKAGE)}:{node.lineno}", node


def test_the_code_logs_listed_fields_and_fixed_texts_only():
    found = list(calls())
    assert len(found) >= 10
    for place, node in found:
        assert isinstance(node.args[0], ast.Constant) or ast.unparse(node.args[0]) == "event", (
            f"{place}: the event is a fixed word"
        )
        for field in node.keywords:
            assert field.arg in {*FIELDS, "exc_info", None}, f"{place}: `{field.arg}` is not in FIELDS and would be dropped"
            assert field.arg != "meaning" or isinstance(field.value, ast.Constant), f"{place}: `meaning` is a fixed text"
