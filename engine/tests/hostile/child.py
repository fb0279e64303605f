"""A process that evaluates hostile expressions one after the other and tells what each cost.

Run as `python -m tests.hostile.child SUBJECT PART PARTS AFTER`: of the cases of a subject those whose number
modulo PARTS is PART, and greater than AFTER. Each gives two lines of JSON, before and after it ran. With HOSTILE=all
in the environment every case is run, and has the engine's own limit of time; with FORM=general by programs that suppose
nothing of the data.
"""

import faulthandler
import gc
import importlib
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path

from unified_jsonata import JsonataError, Limits, compile
from unified_jsonata.compiler.program import Form

SPACE = 2 << 30
"""Bytes of address space: what escapes every limit meets this one before the machine suffers."""
PATIENCE = 10
"""Seconds after which an expression that does not end is given up, and the process with it."""
ALL = os.environ.get("HOSTILE") == "all"
FULL = ALL or "UNIFIED_TEST_FULL_SIZE" in os.environ
"""Whether every case is run; otherwise every second, and every eighth of those that are much alike."""
GENERAL = os.environ.get("FORM") == "general"


def memory(row):
    """MB that the process holds (VmRSS), or held at most since `forget` (VmHWM)."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(row):
            return int(line.split()[1]) / 1024
    raise LookupError(row)


def forget():
    """Begin to measure the peak anew."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def outcome(case, document):
    """The code of an expression's error, `value` when it has one, or what came out of the engine that should not."""
    try:
        limits = Limits() if ALL else Limits(timeout=case.timeout)
        expression = compile(case.source, lazy=True)
        if GENERAL:
            expression._runner._form = Form.GENERAL
        expression.evaluate(document, limits=limits)
    except JsonataError as error:
        refused = any(words in error.message for words in ("too deep", "too large", "signature"))
        own = error.code == "U0102" and not refused
        return str(error) if own else error.code
    except BaseException as error:  # noqa: BLE001 - nothing else may come out
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "value"


def cost(case, document):
    forget()
    before = memory("VmRSS")
    begin = time.thread_time()
    found = outcome(case, document)
    seconds = time.thread_time() - begin
    peak = memory("VmHWM")
    after = compile("$sum(rows.n) & 'x'").evaluate({"rows": [{"n": 1}, {"n": 2}]})
    return {"outcome": found, "seconds": seconds, "grown": peak - before, "peak": peak, "healthy": after == "3x"}


def run(subject, part, parts, after):
    """In a thread, as a server has them."""
    module = importlib.import_module(f"tests.hostile.{subject}")
    documents = module.documents() if hasattr(module, "documents") else {}
    gc.collect()
    gc.freeze()
    for at, (name, case) in enumerate(module.cases().items()):
        if at % parts != part or at <= after or (not FULL and at // parts % (8 if case.often else 2)):
            continue
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        print(json.dumps({"name": name, "at": at}), flush=True)
        found = cost(case, documents.get(case.document))
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps({"name": name, "at": at, "ends": case.ends, **found}), flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    thread = threading.Thread(target=run, args=(sys.argv[1], *map(int, sys.argv[2:])))
    thread.start()
    thread.join()
