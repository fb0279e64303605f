"""Every successful recorded body of our models maps to valid records; a body of an unknown kind fails."""

import csv
import json
from pathlib import Path

import msgspec
import pytest

from tests.cases import each
from tests.recordings.kinds import PROVIDERS, kind_of, operation_of
from tests.world import catalog
from unified.models import MODELS

FOLDER = Path(__file__).parents[2] / "../shared/recordings"
ABSENT = "the recordings are not beside this checkout (../shared/recordings)"


def rows():
    if not FOLDER.is_dir():
        return []
    with (FOLDER / "INDEX.tsv").open(encoding="utf-8") as index:
        found = list(csv.DictReader(index, delimiter="\t"))
    return [row for row in found if row["provider"] in PROVIDERS and row["status"].startswith("2")]


def decided(row):
    return kind_of(row["provider"], row["resource"], row["file"])


def operation(row):
    return operation_of(row["provider"], row["file"])


def holds_records(row):
    """The answer of a deletion holds none."""
    return decided(row) != "unknown" and operation(row) != "delete"


ROWS = rows()
MAPPED = [row for row in ROWS if isinstance(decided(row), str) and holds_records(row)]


@pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
def test_every_kind_of_body_was_decided():
    undecided = sorted({f"{row['provider']}/{row['resource']}" for row in ROWS if decided(row) == "unknown"})
    assert undecided == []


@pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
@each("row", MAPPED, ids=lambda row: row["file"].removeprefix("data/"), by=lambda row: row["provider"])
def test_body_maps_to_valid_records(row):
    body = json.loads((FOLDER / row["file"]).read_text(encoding="utf-8"))
    model = decided(row)
    records = catalog().mapping(row["provider"], model).read(body, operation(row))
    expected = operation(row) in {"get", "create", "update", "record"}
    assert len(records) == 1 if expected else isinstance(records, list)
    for record in records:
        assert list(record) == [field.name for field in MODELS[model].fields]
        assert record["id"]
        assert record["remote_id"]
        known = {name: value for name, value in record.items() if value is not None}
        msgspec.convert({**known, **_unknown_required(model, record)}, MODELS[model].struct)


def _unknown_required(model, record):
    """Required ids that only a request knows are null here; the struct wants text."""
    return {field.name: "?" for field in MODELS[model].fields if field.required and record[field.name] is None}


@pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
def test_lists_are_not_read_as_empty():
    empty = []
    for row in MAPPED:
        body = json.loads((FOLDER / row["file"]).read_text(encoding="utf-8"))
        if operation(row) in {"list", "search", "batch"} and _holds_objects(body):
            records = catalog().mapping(row["provider"], decided(row)).read(body, operation(row))
            empty += [] if records else [row["file"]]
    assert empty == []


def _holds_objects(body):
    lists = [body] if isinstance(body, list) else [value for value in body.values() if isinstance(value, list)]
    return any(lists)
