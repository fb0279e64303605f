"""Defines the rules of each tier of providers, one a row; a function checks it and a page of docs/quality-scale explains it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from unified.authoring.golden.golden import run_case
from unified.authoring.golden.golden_files import read_golden
from unified.authoring.quality.quality_file import NEEDED, QualityFile
from unified.authoring.workspace import cassette_path, golden_path
from unified.catalog.provider import Provider
from unified.catalog.review import review_path
from unified.errors.configuration import CatalogError
from unified.transform.embedded_mapping import EmbeddedMapping
from unified.transform.mapping import Mapping

Tier = Literal["bronze", "silver", "gold"]
TIERS: tuple[Tier, ...] = ("bronze", "silver", "gold")
MAX_SHOWN = 6
WRITES = ("create", "update", "upsert", "delete")
ATTACHMENTS = "ticketing.attachments"


class QualitySubject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of the rules: all files of one provider."""

    folder: Path
    provider: Provider
    mappings: tuple[Mapping, ...]
    errors: int
    """How many errors lint finds in its files."""
    quality: QualityFile | None = None


class QualityRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a tier."""

    name: str
    tier: Tier
    title: str
    why: str
    how: str
    missing: Callable[[QualitySubject], str | None]
    """Returns what is not there; None if the rule is kept."""
    may_be_exempt: bool = False


def _lint(subject: QualitySubject) -> str | None:
    errors = subject.errors
    return f"lint finds {errors} {'error' if errors == 1 else 'errors'} in its files" if errors else None


def _readable(subject: QualitySubject) -> str | None:
    return None if any({"list", "get"} & set(one.methods) for one in subject.mappings) else "no model has list or get"


def _cases(subject: QualitySubject) -> str | None:
    failing = sum(_failing(subject.folder, one) for one in subject.mappings)
    return f"{failing} golden {'case fails' if failing == 1 else 'cases fail'} (run `unified test`)" if failing else None


def _failing(folder: Path, mapping: Mapping) -> int:
    path = golden_path(folder / mapping.file.source.name)
    try:
        cases = read_golden(path).cases if path.exists() else ()
    except CatalogError:
        return 0  # counted among the lint errors
    return sum(run_case(EmbeddedMapping(mapping), case) is not None for case in cases)


def _cassettes(subject: QualitySubject) -> str | None:
    name = subject.provider.name
    missing = [
        f"{mapping.model.id}.{method}"
        for mapping in subject.mappings
        for method in _unrecorded(cassette_path(subject.folder, name, mapping.model.id), mapping.methods)
    ]
    if not missing:
        return None
    shown = ", ".join(missing[:MAX_SHOWN]) + (f" and {len(missing) - MAX_SHOWN} more" if len(missing) > MAX_SHOWN else "")
    return f"cassettes/{name}/ has no cassette of {shown}"


def _unrecorded(cassette: Path, methods: Iterable[str]) -> Iterator[str]:
    """Return the methods without a step in a cassette; `list_recent` is a step of `list`."""
    try:
        steps = msgspec.json.decode(cassette.read_bytes(), type=dict[str, Any]) if cassette.exists() else {}
    except msgspec.DecodeError:
        steps = {}  # a file that was not recorded, or not to its end
    for method in methods:
        if not any(step == method or step.startswith(f"{method}_") for step in steps):
            yield method


def _writable(subject: QualitySubject) -> str | None:
    return None if any(method in WRITES for one in subject.mappings for method in one.methods) else "no model can be written"


def _demo(subject: QualitySubject) -> str | None:
    path = f"providers/{subject.provider.name}.sandbox.yaml"
    return None if (subject.folder / path).exists() else f"{path} is missing, so the demo does not have the provider"


def _bodies(subject: QualitySubject) -> str | None:
    path = f"cassettes/{subject.provider.name}/recordings.yaml"
    return None if (subject.folder / path).exists() else f"{path} is missing: it says what recorded bodies of the provider are"


def _attachments(subject: QualitySubject) -> str | None:
    models = {one.model.id for one in subject.mappings}
    if ATTACHMENTS in models or not any(one.startswith("ticketing.") for one in models):
        return None
    if ATTACHMENTS in subject.provider.not_offered:
        return None
    return f"there is no mapping of {ATTACHMENTS}, and `not_offered` gives no reason"


def _facts(subject: QualitySubject) -> str | None:
    if subject.quality is None:
        return f"mappings/{subject.provider.name}/quality.yaml is missing: it names a maintainer and the sources of the facts"
    known = {fact.about for fact in subject.quality.facts}
    missing = [one for one in NEEDED if one not in known]
    return f"mappings/{subject.provider.name}/quality.yaml has no fact about {', '.join(missing)}" if missing else None


def _second_reading(subject: QualitySubject) -> str | None:
    path = review_path(subject.folder, subject.provider.name)
    reading = None if subject.quality is None else subject.quality.second_reading
    if not path.exists() or reading is None:
        return "no one has read what agents see a second time"
    digest = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    if reading.review == digest:
        return None
    return f"what agents see has changed since its second reading: read it again, and set `second_reading.review` to {digest}"


RULES: tuple[QualityRule, ...] = (
    QualityRule(
        name="lint",
        tier="bronze",
        title="Lint finds no errors",
        why="A file with an error does not load, or has a key that does nothing.",
        how="Run `unified lint`, and correct what it names; [the rules](../reference/lint.md) give the reasons.",
        missing=_lint,
    ),
    QualityRule(
        name="readable",
        tier="bronze",
        title="A model can be read",
        why="A provider without a list or a get is of no use.",
        how="Add `list` or `get` to one mapping.",
        missing=_readable,
    ),
    QualityRule(
        name="golden-cases",
        tier="bronze",
        title="All golden cases pass",
        why="A golden case states an input and what must come of it, so that a change of a meaning is seen.",
        how="Run `unified test`.",
        missing=_cases,
    ),
    QualityRule(
        name="cassettes",
        tier="silver",
        title="Every operation is recorded",
        why="A cassette shows that the complete path works: request, signature, pages, mapping.",
        how="List the calls in `cassettes/<provider>/scenario.yaml`, and run `make cassettes`.",
        missing=_cassettes,
    ),
    QualityRule(
        name="writable",
        tier="gold",
        title="A model can be written",
        why="Products are integrated to act in them, not only to read them.",
        how="Add `create`, `update`, `upsert` or `delete` to a mapping.",
        missing=_writable,
        may_be_exempt=True,
    ),
    QualityRule(
        name="demo",
        tier="gold",
        title="The demo has the provider",
        why="A person who evaluates the provider can call every operation without an account of the product.",
        how="Describe a stand-in in `providers/<provider>.sandbox.yaml`; the recordings of silver then show every operation.",
        missing=_demo,
    ),
    QualityRule(
        name="recorded-bodies",
        tier="gold",
        title="Recorded bodies agree, or have a reason",
        why="A stand-in is written by those who write the mapping. Bodies that the product itself sent can contradict both.",
        how="Say in `cassettes/<provider>/recordings.yaml` which model each recorded body is of, and give a reason for each "
        "that belongs to none and for each field that differs; the tests over recordings compare the rest.",
        missing=_bodies,
        may_be_exempt=True,
    ),
    QualityRule(
        name="attachments",
        tier="gold",
        title="Files are offered where the product has them",
        why="Half of a ticket is in its attachments.",
        how="Add a mapping of `ticketing.attachments`, or the reason under `not_offered` of the provider file. Only ticketing "
        "has a model for files.",
        missing=_attachments,
        may_be_exempt=True,
    ),
    QualityRule(
        name="facts",
        tier="gold",
        title="Facts have a maintainer, a source and a day",
        why="An API changes. Who finds a difference must see whom to ask, and whether the fact was ever so.",
        how="Write `mappings/<provider>/quality.yaml`: `maintainer`, and under `facts` at least one about `address`, "
        "`credentials` and `pages`, each with what it says, its `source` and the day on which it was `read`.",
        missing=_facts,
    ),
    QualityRule(
        name="second-reading",
        tier="gold",
        title="What agents see was read twice",
        why="Agents act on descriptions. The author of a text reads what was meant, a second reader what is written.",
        how="After the review, print all tools with `unified review PROVIDER --all`, read them, and write the digest of "
        "`review.yaml` and the day under `second_reading` of `quality.yaml`. A tool that changes needs another reading.",
        missing=_second_reading,
    ),
)
"""Every rule, in the order of the tiers."""
