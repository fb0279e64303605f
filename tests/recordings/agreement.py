"""How far our records agree with what third parties expect of the same bodies, value by value, joined by record id.

`python -m tests.recordings.agreement` prints the figures and every field whose values are not found in our record. Names
differ between models, so a value counts as agreed when it stands anywhere in our record of that id.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.recordings.kinds import PROVIDERS, REASONS, kind_of, operation_of
from tests.world import catalog
from unified import Catalog
from unified.transform.queries.query_values import utc

FOLDER = Path(__file__).parents[2] / "../shared/recordings"


def cases() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Provider, model, operation and case of every expectation about one of our models."""
    with (FOLDER / "EXPECTED_INDEX.tsv").open(encoding="utf-8") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            if row["provider"] not in PROVIDERS:
                continue
            case = json.loads((FOLDER / row["file"]).read_text(encoding="utf-8"))
            for answer in case["responses"]:
                name = Path(answer["body_file"] or "").name.split(".")
                model = kind_of(row["provider"], name[0], answer["body_file"] or "")
                if isinstance(model, str) and model != "unknown":
                    operation = operation_of(row["provider"], answer["body_file"])
                    if operation != "delete":  # its answer is no record
                        yield row["provider"], model, operation, {**case, "body_file": answer["body_file"]}


def compare(installed: Catalog) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Values agreed and values missed by provider, and the missed fields."""
    agreed: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    for provider, model, operation, case in cases():
        body = json.loads((FOLDER / case["body_file"]).read_text(encoding="utf-8"))
        ours = {record["id"]: set(leaves(record)) for record in installed.mapping(provider, model).read(body, operation)}
        for theirs in objects(case["expected"]):
            known = ours.get(str(theirs.get("id")))
            for field, value in theirs.items() if known is not None else ():
                for leaf in leaves(value):
                    found = leaf in known
                    (agreed if found else missed)[provider] += 1
                    if not found:
                        fields[f"{provider} {model} {field}"] += 1
    return agreed, missed, fields


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object that has an id, the outermost first."""
    if isinstance(value, dict):
        if "id" in value:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from objects(one)


def leaves(value: Any) -> Iterator[str]:
    """Every scalar in a value, as comparable text; empty ones say nothing."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif value not in (None, "", False, True):
        yield comparable(value)


def comparable(value: Any) -> str:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    moment = utc(text) if len(text) >= 19 and text[4:5] == "-" else None
    return (moment or text).strip().casefold()


if __name__ == "__main__":
    good, bad, names = compare(catalog())
    for one in PROVIDERS:
        total = good[one] + bad[one]
        print(f"{one:12} {good[one]:5} of {total:5} values agree" + (f" ({good[one] / total:.1%})" if total else ""))
    for one, count in names.most_common():
        print(f"  not in our record: {one} ({count}): {REASONS.get(one, 'no reason yet')}")
