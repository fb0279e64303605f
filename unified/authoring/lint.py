"""Lint: everything that is wrong with the data files of a folder, all of it at once, each with its place and a code."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from unified.authoring.auth_rules import AUTH_RULES
from unified.authoring.body_rules import BODY_RULES
from unified.authoring.call_rules import CALL_RULES
from unified.authoring.case_rules import CASE_RULES, CaseSubject
from unified.authoring.clearing_rules import CLEARING_RULES
from unified.authoring.findings import Finding, Rule, placed, refused
from unified.authoring.golden_files import Case, cases_of
from unified.authoring.ignored_rules import IGNORED_RULES
from unified.authoring.lint_context import MappingSubject
from unified.authoring.load_rules import CASE_LOADING, MAPPING_LOADING, PROVIDER_LOADING, REVIEW_LOADING
from unified.authoring.name_rules import NAME_RULES
from unified.authoring.offer_rules import MAPPING_OFFER_RULES, PROVIDER_OFFER_RULES
from unified.authoring.provider_rules import PROVIDER_RULES, ProviderSubject
from unified.authoring.record_rules import RECORD_RULES
from unified.authoring.repeated import decode_all
from unified.authoring.review_rules import REVIEW_RULES, ReviewSubject
from unified.authoring.shared_rules import SHARED_LOADING, SHARED_RULES, SharedSubject
from unified.authoring.standin_rules import STANDIN_LOADING
from unified.authoring.style_rules import SHARED_STYLE_RULES, STYLE_RULES
from unified.authoring.tiers import missing_for_tier
from unified.authoring.value_rules import VALUE_RULES
from unified.authoring.workspace import TEST_SUFFIX, golden_path, mapping_paths
from unified.catalog.expansion import expand
from unified.catalog.load import id_templates_in, provider_paths
from unified.catalog.mapping import EXPRESSIONS, MappingDocument, MappingFile, SharedDocument, SharedFile
from unified.catalog.provider import Check, Provider
from unified.catalog.review import REVIEW_NAME, Digests, ReviewFile, review_path
from unified.catalog.shared import shared_file, shared_path
from unified.catalog.source import DocumentPath, Source, read_source
from unified.errors import CatalogError, did_you_mean, known_names
from unified.models import MODELS
from unified.transform.check import problems
from unified.transform.compile import Compiler
from unified.transform.mapping import Mapping
from unified.transform.tool_review import stale_reviews

UNKNOWN_LIST_CALL = "M017"
UNREAD = Provider(name="", title="", docs="", base_url="", auth=(), check=Check(request=""))
"""In the place of a provider file that cannot be read, so that mistakes in its mappings are found at the same time."""
MAPPING_RULES = (
    *(*CALL_RULES, *BODY_RULES, *RECORD_RULES, *IGNORED_RULES),
    *(*NAME_RULES, *CLEARING_RULES, *VALUE_RULES, *STYLE_RULES, *MAPPING_OFFER_RULES),
)
_FAMILIES = (
    *(*PROVIDER_LOADING, *PROVIDER_RULES, *PROVIDER_OFFER_RULES, *AUTH_RULES),
    *(*MAPPING_LOADING, *MAPPING_RULES),
    *(*SHARED_LOADING, *SHARED_RULES, *SHARED_STYLE_RULES),
    *STANDIN_LOADING,
    *(*CASE_LOADING, *CASE_RULES),
    *(*REVIEW_LOADING, *REVIEW_RULES),
)
RULES: tuple[Rule, ...] = tuple(
    sorted(
        _FAMILIES,
        key=lambda rule: ("PMSXTR".index(rule.code[0]), rule.code),
    )
)
"""Every rule, as listed in docs/reference/lint.md."""


Shared = SharedFile | None | Literal["broken"]
"""A provider's shared file; None if there is none."""


class Linted(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a folder while it is linted: the files that could be opened."""

    names: frozenset[str]
    """The providers of which files are linted."""
    providers: dict[str, tuple[Source, Provider]]
    mappings: dict[Path, Mapping]

    def of(self, provider: str) -> tuple[Mapping, ...]:
        """Return the mappings of one provider."""
        return tuple(one for one in self.mappings.values() if one.file.provider == provider)


def lint(folder: Path, only: Path | None = None) -> tuple[Finding, ...]:
    """Return everything found in a folder, sorted by place.

    With `only`, in one file, one provider's folder or a part of the tree.
    """
    findings: list[Finding] = []
    names = _concerned(folder, only)
    providers = _providers(folder, names, findings)
    shared = {name: _shared(folder, name, findings) for name in providers}
    paths = tuple(path for path in mapping_paths(folder) if path.parent.name in names)
    ids = {one: id_templates_in(one) for one in {path.parent for path in paths}}
    every = tuple(one.stem for one in provider_paths(folder))
    context = {one: Beside(known=every, ids=ids[one], shared=shared.get(one.name)) for one in ids}
    mappings = {path: found for path in paths if (found := _mapping(path, providers, context[path.parent], findings))}
    known = Linted(names=names, providers=providers, mappings=mappings)
    _shared_rules(folder, shared, known, findings)
    _cases(folder, known, findings)
    _reviews(folder, known, findings)
    _provider_rules(folder, known, findings)
    kept = {finding for finding in findings if only is None or _is_in(finding, folder, only)}
    return tuple(sorted(kept))


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


def _source(path: Path, name: str, rules: tuple[Rule, ...], findings: list[Finding]) -> Source | None:
    try:
        return read_source(path, name=name)
    except (CatalogError, UnicodeDecodeError) as problem:
        shown = problem if isinstance(problem, CatalogError) else CatalogError("not UTF-8 text")
        findings.append(refused(rules, shown, name))
        return None


def _providers(folder: Path, names: frozenset[str], findings: list[Finding]) -> dict[str, tuple[Source, Provider]]:
    found: dict[str, tuple[Source, Provider]] = {}
    for path in (one for one in provider_paths(folder) if one.stem in names):
        source = _source(path, f"providers/{path.name}", PROVIDER_LOADING, findings)
        provider = _decoded(source, Provider, PROVIDER_LOADING, findings) if source is not None else None
        if source is None or provider is None:
            continue
        if provider.name != path.stem:
            problem = source.error(("name",), f"expected `{path.stem}`, the name of the file, got `{provider.name}`")
            findings.append(refused(PROVIDER_LOADING, problem, source.name))
        found[path.stem] = (source, provider)
    return found


def _decoded(source: Source, kind: type[Any], rules: tuple[Rule, ...], findings: list[Finding]) -> Any:
    """Return the struct, if the whole file could be decoded; what could not is among the findings."""
    steps = list(decode_all(source, kind))
    wrong = [one for one in steps if isinstance(one, CatalogError)]
    findings += [refused(rules, one, source.name) for one in wrong]
    return None if wrong else steps[-1]


def _shared(folder: Path, provider: str, findings: list[Finding]) -> Shared:
    path = shared_path(folder, provider)
    if not path.exists():
        return None
    name = f"mappings/{provider}/{path.name}"
    source = _source(path, name, SHARED_LOADING, findings)
    document = _decoded(source, SharedDocument, SHARED_LOADING, findings) if source is not None else None
    if source is None or document is None:
        return "broken"
    try:
        return shared_file(provider, source, document)
    except CatalogError as problem:
        findings.append(refused(SHARED_LOADING, problem, name))
        return "broken"


def _shared_rules(folder: Path, shared: dict[str, Shared], known: Linted, findings: list[Finding]) -> None:
    broken = {path.parent.name for path in mapping_paths(folder) if path not in known.mappings}  # what these use is not known
    for name, file in shared.items():
        if isinstance(file, SharedFile) and name not in broken:
            used = frozenset(place for one in known.of(name) for place in one.file.used)
            findings += _ruled((*SHARED_RULES, *SHARED_STYLE_RULES), file.source, SharedSubject(file=file, used=used))


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What the other files say to one of a provider's mapping files."""

    known: tuple[str, ...]
    """The names of all providers."""
    ids: dict[str, str]
    shared: Shared


def _mapping(
    path: Path, providers: dict[str, tuple[Source, Provider]], beside: Beside, findings: list[Finding]
) -> Mapping | None:
    name, provider = f"mappings/{path.parent.name}/{path.name}", path.parent.name
    source = _source(path, name, MAPPING_LOADING, findings)
    if source is None:
        return None
    findings += [refused(MAPPING_LOADING, problem, name) for problem in _misplaced(path, source, beside.known)]
    common = beside.shared
    if common == "broken":  # what it refers to is not known
        return None
    try:
        expanded = expand(source, common)
    except CatalogError as problem:
        findings.append(refused(MAPPING_LOADING, problem, name))
        return None
    document = _decoded(expanded.source, MappingDocument, MAPPING_LOADING, findings)
    if document is None or path.stem not in MODELS:
        return None
    file = MappingFile(
        provider=provider,
        model=path.stem,
        document=document,
        source=expanded.source,
        ids=beside.ids,
        shared=common,
        used=expanded.used,
    )
    if provider not in providers:
        findings += [refused(MAPPING_LOADING, problem, name) for problem in _uncompilable(file, UNREAD)]
        return None
    return _compiled(file, providers[provider][1], findings)


def _misplaced(path: Path, source: Source, known: tuple[str, ...]) -> Iterator[CatalogError]:
    if path.parent.name not in known:
        hint = did_you_mean(path.parent.name, known)
        yield source.error((), f"unknown provider '{path.parent.name}'.{hint} Known: {known_names(known)}")
    if path.stem not in MODELS:
        yield source.error((), f"unknown model '{path.stem}'.{did_you_mean(path.stem, MODELS)} Known: {known_names(MODELS)}")


def _compiled(file: MappingFile, provider: Provider, findings: list[Finding]) -> Mapping | None:
    try:
        mapping = Mapping(file, provider, MODELS[file.model])
    except CatalogError as first:  # one alone is of the provider's own file: its rule says so there
        broken = {str(one): one for one in _uncompilable(file, provider)}.values() or (first,)
        findings += [refused(MAPPING_LOADING, problem, file.source.name) for problem in broken]
        return None
    wrong = [refused(MAPPING_LOADING, problem, file.source.name) for problem in problems(mapping)]
    findings += wrong
    if any(one.code == UNKNOWN_LIST_CALL for one in wrong):
        return None  # what the chain reads, and with it all that is derived, is not known
    findings += _ruled(MAPPING_RULES, file.source, MappingSubject(mapping=mapping))
    return mapping


def _uncompilable(file: MappingFile, provider: Provider) -> Iterator[CatalogError]:
    """Return every expression and request that cannot be compiled; compiling the mapping would stop at the first."""
    compiler = Compiler(file, provider)
    for place, text in _texts(file):
        yield from _raised(partial(compiler.expression, place, text))
    for place, call in file.calls():
        bare = msgspec.structs.replace(call, **dict.fromkeys(EXPRESSIONS), before={}, after=())
        yield from _raised(partial(compiler.operation, "any", place, bare))


def _texts(file: MappingFile) -> Iterator[tuple[DocumentPath, str]]:
    yield ("record",), file.document.record
    if file.document.write is not None:
        yield ("write",), file.document.write
    for place, call in file.calls():
        yield from (((*place, key), text) for key in EXPRESSIONS if (text := getattr(call, key)) is not None)


def _raised(do: Callable[[], Any]) -> Iterator[CatalogError]:
    try:
        do()
    except CatalogError as problem:
        yield problem


def _cases(folder: Path, known: Linted, findings: list[Finding]) -> None:
    paths = set(mapping_paths(folder))
    tests = {golden_path(path) for path in paths} | set((folder / "mappings").glob(f"*/*{TEST_SUFFIX}"))
    for path in sorted(one for one in tests if one.parent.name in known.names):
        mapping = path.with_name(path.name.removesuffix(TEST_SUFFIX) + ".yaml")
        _case_file(path, mapping in paths, known.mappings.get(mapping), findings)


def _case_file(path: Path, has_mapping: bool, mapping: Mapping | None, findings: list[Finding]) -> None:
    name = f"mappings/{path.parent.name}/{path.name}"
    source: Source | None = Source(name=name.replace(TEST_SUFFIX, ".yaml"), content=None, keys={}, values={}, lines=())
    cases: list[tuple[int, Case]] | None = None
    if path.exists():
        source, cases = _source(path, name, CASE_LOADING, findings), []
    if source is None:
        return
    for index, one in enumerate(cases_of(source) if cases is not None else ()):
        if isinstance(one, CatalogError):
            findings.append(refused(CASE_LOADING, one, name))
        elif cases is not None:
            cases.append((index, one))
    shown = None if cases is None else tuple(cases)
    subject = CaseSubject(name=name, cases=shown, mapping=mapping, has_mapping=has_mapping)
    findings += _ruled(CASE_RULES, source, subject)


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
        source = _source(path, name, REVIEW_LOADING, findings)
    digests = _decoded(source, Digests, REVIEW_LOADING, findings) if source is not None else None
    if source is None or digests is None:
        return
    broken = {one.stem for one in path.parent.glob("*.yaml")} - mappings.keys()  # their rules say what is wrong
    loaded = {model_id: methods for model_id, methods in digests.items() if model_id not in broken}
    file = ReviewFile(provider=path.parent.name, digests=loaded, source=source)
    findings += [refused(REVIEW_LOADING, problem, name) for problem in stale_reviews(file, mappings)]
    findings += _ruled(REVIEW_RULES, source, ReviewSubject(file=file, mappings=tuple(mappings.values())))


def _provider_rules(folder: Path, known: Linted, findings: list[Finding]) -> None:
    every = mapping_paths(folder)
    for name, (source, provider) in known.providers.items():
        paths = [path for path in every if path.parent.name == name]
        texts = [*paths, *(one for one in (shared_path(folder, name),) if one.exists())]
        own = (f"providers/{name}.yaml", f"mappings/{name}/")
        wrong = sum(one.severity == "error" and one.file.startswith(own) for one in findings)
        mappings = tuple(known.mappings[path] for path in paths if path in known.mappings)
        subject = ProviderSubject(
            provider=provider,
            source=source,
            models=tuple(path.stem for path in paths),
            mapping_texts=tuple(path.read_text(encoding="utf-8", errors="replace") for path in texts),
            missing_for_tier=missing_for_tier(folder, provider, mappings, wrong),
        )
        findings += _ruled((*PROVIDER_RULES, *PROVIDER_OFFER_RULES, *AUTH_RULES), source, subject)


def _ruled(rules: tuple[Rule, ...], source: Source, subject: Any) -> list[Finding]:
    return [placed(rule, source, found) for rule in rules if rule.check is not None for found in rule.check(subject)]
