"""The language's official suite, parsed: what must be accepted is, what must be refused has the right code."""

import json
from pathlib import Path

import pytest

from unified_jsonata import JsonataError, parse

SUITE = Path(__file__).parents[3] / "../shared/jsonata-suite/groups"
pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the JSONata suite is not beside the repository")


def cases():
    for path in sorted(SUITE.glob("*/*.json")):
        found = json.loads(path.read_text("utf-8"))
        for case in found if isinstance(found, list) else [found]:
            source = case.get("expr")
            if source is None:
                source = (path.parent / case["expr-file"]).read_text("utf-8")
            code = case.get("code") or case.get("error", {}).get("code") or ""
            yield f"{path.parent.name}/{path.stem}", source, code if code.startswith("S") else None


def outcome(source):
    try:
        parse(source)
    except JsonataError as error:
        return error.code
    return None


def test_every_case_parses_or_fails_with_its_code():
    found = [(name, source, code, outcome(source)) for name, source, code in cases()]
    accepted = [one for one in found if one[2] is None]
    refused = [one for one in found if one[2] is not None]
    assert [one for one in found if one[2] != one[3]] == []
    assert (len(accepted), len(refused)) == (1645, 41)
