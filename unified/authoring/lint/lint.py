"""Lint: everything that is wrong with the data files of a folder, all of it at once, each with its place and a code."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from unified.authoring.golden.golden_files import Case, cases_of
from unified.authoring.lint.all_rules import PROVIDER_FILE_RULES
from unified.authoring.lint.findings import Finding, refused, ruled
from unified.authoring.lint.lint_files import Shared, decode, load_providers, load_shared, open_source
from unified.authoring.lint.lint_mappings import OtherFiles, lint_mapping, load_mapping
from unified.authoring.lint.rules.answer_rules import ANSWER_RULES
from unified.authoring.lint.rules.case_rules import CASE_RULES, CaseSubject
from unified.authoring.lint.rules.load_rules import (
    CASE_LOADING,
    MAPPING_LOADING,
    PROVIDER_LOADING,
    REVIEW_LOADING,
    refused_file,
)
from unified.authoring.lint.rules.provider_rules import ProviderSubject
from unified.authoring.lint.rules.review_rules import REVIEW_RULES, ReviewSubject
from unified.authoring.lint.rules.seen_rules import SEEN_RULES, SeenSubject
from unified.authoring.lint.rules.shared_rules import SHARED_LOADING, SHARED_RULES, SharedSubject
from unified.authoring.lint.rules.style_rules import SHARED_STYLE_RULES
from unified.authoring.quality.quality_file import load_quality
from unified.authoring.quality.rules import QualitySubject
from unified.authoring.quality.tiers import missing_for_tier
from unified.authoring.workspace import TEST_SUFFIX, golden_path, mapping_paths
from unified.catalog.files.source import Source
from unified.catalog.load import id_templates_in
from unified.catalog.mapping import SharedFile
from unified.catalog.paths import provider_paths
from unified.catalog.provider import Provider
from unified.catalog.review import REVIEW_NAME, Digests, ReviewFile, review_path
from unified.catalog.shared import shared_path
from unified.errors.configuration import CatalogError
from unified.transform.loading.provider_catalog import ProviderCatalog, load_provider_catalog
from unified.transform.mapping import Mapping
from unified.transform.tool_review import stale_reviews

LOADING_CODES = frozenset(
    rule.code for rules in (PROVIDER_LOADING, MAPPING_LOADING, SHARED_LOADING, REVIEW_LOADING) for rule in rules
)
"""The rules of what the service refuses to load."""


class Linted(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a folder that could be opened, while it is linted."""

    names: frozenset[str]
    """The providers whose files are linted."""
    providers: dict[str, tuple[Source, Provider]]
    mappings: dict[Path, Mapping]

    def of(self, provider: str) -> tuple[Mapping, ...]:
        """Return the mappings of one provider."""
        return tuple(one for one in self.mappings.values() if one.file.provider == provider)


def lint(folder: Path, only: Path | None = None, *, watch: Callable[[int, int], None] = lambda *_: None) -> tuple[Finding, ...]:
    """Return everything found in a folder, sorted by place.

    With `only`, in one file, one provider's folder or a part of the tree. `watch` learns how many mappings of all are read.
    """
    findings: list[Finding] = []
    names = _concerned(folder, only)
    loaded, refusals = _loaded(folder, names)
    providers = load_providers(folder, names, findings)
    shared = {name: load_shared(folder, name, findings) for name in providers}
    paths = tuple(path for path in mapping_paths(folder) if path.parent.name in names)
    ids = {one: id_templates_in(one) for one in {path.parent for path in paths}}
    every = tuple(one.stem for one in provider_paths(folder))
    context = {one: OtherFiles(known=every, ids=ids[one], shared=shared.get(one.name)) for one in ids}
    mappings: dict[Path, Mapping] = {}
    for done, path in enumerate(paths, start=1):
        with suppress(*_said(path.parent.name, refusals)):
            found = lint_mapping(path, loaded, findings) or load_mapping(path, providers, context[path.parent], findings)
            mappings |= {} if found is None else {path: found}
        watch(done, len(paths))
    known = Linted(names=names, providers=providers, mappings=mappings)
    _shared_rules(folder, shared, known, findings)
    _cases(folder, known, findings)
    _reviews(folder, known, findings)
    findings += [one for name, one in refusals.items() if not _is_refused(name, findings)]
    _provider_rules(folder, known, findings)
    kept = {finding for finding in findings if only is None or _is_in(finding, folder, only)}
    return tuple(sorted(kept))


def _loaded(folder: Path, names: frozenset[str]) -> tuple[dict[str, ProviderCatalog], dict[str, Finding]]:
    """Return the providers that the service could load, and for each other one why it could not.

    They are loaded by the service's own code, so that what lint finds no error in never keeps a provider from being served.
    """
    found: dict[str, ProviderCatalog] = {}
    refusals: dict[str, Finding] = {}
    for name in sorted(names):
        try:
            found[name] = load_provider_catalog(folder, name)
        except CatalogError as problem:
            refusals[name] = refused_file(problem, f"providers/{name}.yaml")
    return found, refusals


def _said(provider: str, refusals: dict[str, Finding]) -> tuple[type[Exception], ...]:
    """Return the failures of lint itself that a refusal reports: of files that it did not foresee either."""
    return (Exception,) if provider in refusals else ()


def _is_refused(provider: str, findings: list[Finding]) -> bool:
    """Return whether a rule of loading has found something in the files of a provider, which its refusal may only repeat."""
    own = (f"providers/{provider}.yaml", f"mappings/{provider}/")
    return any(one.code in LOADING_CODES and one.file.startswith(own) for one in findings)


def _concerned(folder: Path, only: Path | None) -> frozenset[str]:
    """Return the providers to look at: one for a path that belongs to it, otherwise all that have a file or a folder."""
    found = {one.stem for one in provider_paths(folder)}
    found |= {one.name for one in (folder / "mappings").glob("*") if one.is_dir()}
    place = () if only is None else only.resolve().relative_to(folder.resolve()).parts
    owner = place[1].partition(".")[0] if len(place) > 1 else ""
    return frozenset({owner} if owner in found else found)


def _is_in(finding: Finding, folder: Path, only: Path) -> bool:
    file, wanted = (folder / finding.file).resolve(), only.resolve()
    return file == wanted or wanted in file.parents


def _shared_rules(folder: Path, shared: dict[str, Shared], known: Linted, findings: list[Finding]) -> None:
    broken = {path.parent.name for path in mapping_paths(folder) if path not in known.mappings}  # what these use is not known
    for name, file in shared.items():
        if isinstance(file, SharedFile) and name not in broken:
            used = frozenset(place for one in known.of(name) for place in one.file.used)
            findings += ruled((*SHARED_RULES, *SHARED_STYLE_RULES), file.source, SharedSubject(file=file, used=used))


def _cases(folder: Path, known: Linted, findings: list[Finding]) -> None:
    paths = set(mapping_paths(folder))
    tests = {golden_path(path) for path in paths} | set((folder / "mappings").glob(f"*/*{TEST_SUFFIX}"))
    for path in sorted(one for one in tests if one.parent.name in known.names):
        mapping = path.with_name(path.name.removesuffix(TEST_SUFFIX) + ".yaml")
        compiled = known.mappings.get(mapping)
        cases = _case_file(path, mapping in paths, compiled, findings)
        if compiled is not None and cases is not None:
            seen = SeenSubject(mapping=compiled, cases=cases, folder=folder)
            findings += ruled((*SEEN_RULES, *ANSWER_RULES), compiled.file.source, seen)


def _case_file(path: Path, has_mapping: bool, mapping: Mapping | None, findings: list[Finding]) -> tuple[Case, ...] | None:
    """Return the cases of a file; None where there is no file, or it cannot be read."""
    name = f"mappings/{path.parent.name}/{path.name}"
    source: Source | None = Source(name=name.replace(TEST_SUFFIX, ".yaml"), content=None, keys={}, values={}, lines=())
    cases: list[tuple[int, Case]] | None = None
    if path.exists():
        source, cases = open_source(path, name, CASE_LOADING, findings), []
    if source is None:
        return None
    for index, one in enumerate(cases_of(source) if cases is not None else ()):
        if isinstance(one, CatalogError):
            findings.append(refused(CASE_LOADING, one, name))
        elif cases is not None:
            cases.append((index, one))
    shown = None if cases is None else tuple(cases)
    subject = CaseSubject(name=name, cases=shown, mapping=mapping, has_mapping=has_mapping)
    findings += ruled(CASE_RULES, source, subject)
    return None if cases is None else tuple(case for _, case in cases)


def _reviews(folder: Path, known: Linted, findings: list[Finding]) -> None:
    written = set((folder / "mappings").glob(f"*/{REVIEW_NAME}"))
    by_provider: dict[str, dict[str, Mapping]] = {}
    for path, mapping in known.mappings.items():
        by_provider.setdefault(path.parent.name, {})[path.stem] = mapping
    files = written | {review_path(folder, name) for name in by_provider}
    for path in sorted(one for one in files if one.parent.name in known.names):
        _review_file(path, by_provider.get(path.parent.name, {}), findings)


def _review_file(path: Path, mappings: dict[str, Mapping], findings: list[Finding]) -> None:
    name = f"mappings/{path.parent.name}/{path.name}"
    source: Source | None = Source(name=name, content={}, keys={}, values={}, lines=())
    if path.exists():
        source = open_source(path, name, REVIEW_LOADING, findings)
    digests = decode(source, Digests, REVIEW_LOADING, findings) if source is not None else None
    if source is None or digests is None:
        return
    broken = {one.stem for one in path.parent.glob("*.yaml")} - mappings.keys()  # their rules say what is wrong
    loaded = {model_id: methods for model_id, methods in digests.items() if model_id not in broken}
    file = ReviewFile(provider=path.parent.name, digests=loaded, source=source)
    findings += [refused(REVIEW_LOADING, problem, name) for problem in stale_reviews(file, mappings)]
    findings += ruled(REVIEW_RULES, source, ReviewSubject(file=file, mappings=tuple(mappings.values())))


def _missing_for_tier(folder: Path, provider: Provider, mappings: tuple[Mapping, ...], errors: int) -> tuple[str, ...]:
    try:
        quality = load_quality(folder, provider.name)
    except CatalogError as problem:
        return (str(problem),)
    return missing_for_tier(QualitySubject(folder=folder, provider=provider, mappings=mappings, errors=errors, quality=quality))


def _provider_rules(folder: Path, known: Linted, findings: list[Finding]) -> None:
    every = mapping_paths(folder)
    for name, (source, provider) in known.providers.items():
        paths = [path for path in every if path.parent.name == name]
        texts = [*paths, *(one for one in (shared_path(folder, name),) if one.exists())]
        own = (f"providers/{name}.yaml", f"mappings/{name}/")
        wrong = sum(one.severity == "error" and one.file.startswith(own) for one in findings)
        mappings = tuple(known.mappings[path] for path in paths if path in known.mappings)
        operations = tuple((one, method) for one in mappings for method in one.methods)
        subject = ProviderSubject(
            provider=provider,
            source=source,
            models=tuple(path.stem for path in paths),
            operations=operations if len(mappings) == len(paths) else (),
            mapping_texts=tuple(path.read_text(encoding="utf-8", errors="replace") for path in texts),
            missing_for_tier=_missing_for_tier(folder, provider, mappings, wrong),
        )
        findings += ruled(PROVIDER_FILE_RULES, source, subject)
