"""Lints one mapping file: expands, decodes, compiles and checks it, until a step fails."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.lint.all_rules import MAPPING_RULES
from unified.authoring.lint.findings import Finding, refused, ruled
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.lint_files import Shared, decode, open_source
from unified.authoring.lint.rules.load_rules import MAPPING_LOADING
from unified.catalog.expansion import expand
from unified.catalog.files.source import DocumentPath, Source
from unified.catalog.mapping import EXPRESSIONS, MappingDocument, MappingFile
from unified.catalog.provider import Check, Provider
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion
from unified.models import MODELS
from unified.transform.checks.check import problems
from unified.transform.compilation.compile import Compiler
from unified.transform.loading.provider_catalog import ProviderCatalog
from unified.transform.mapping import Mapping

UNKNOWN_LIST_CALL = "M017"
UNREAD = Provider(name="", title="", docs="", base_url="", auth=(), check=Check(request=""))
"""In the place of a provider file that cannot be read, so that mistakes in its mappings are found at the same time."""


class OtherFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Names and shared parts from the other files of the folder, with which a mapping file is read."""

    known: tuple[str, ...]
    """The names of all providers."""
    ids: dict[str, str]
    shared: Shared


def lint_mapping(path: Path, loaded: dict[str, ProviderCatalog], findings: list[Finding]) -> Mapping | None:
    """Return a mapping as the service loads it, with what the rules find in it; None if its provider cannot be loaded."""
    part = loaded.get(path.parent.name)
    if part is None:
        return None
    mapping = part.mappings[path.stem]
    listed = (call.parents for other in part.mappings.values() for call in other.lists if call.parents is not None)
    named = frozenset(one.list for one in listed if one.model == path.stem and one.list is not None)
    findings += ruled(MAPPING_RULES, mapping.file.source, MappingSubject(mapping=mapping, listed_by_name=named))
    return mapping


def load_mapping(
    path: Path, providers: dict[str, tuple[Source, Provider]], others: OtherFiles, findings: list[Finding]
) -> Mapping | None:
    """Return the compiled mapping of a file; None if its rules could not be applied."""
    file = _decoded(path, others, findings)
    if file is None:
        return None
    if file.provider in providers:
        return _compiled(file, providers[file.provider][1], findings)
    findings += [refused(MAPPING_LOADING, problem, _name(path)) for problem in _uncompilable(file, UNREAD)]
    return None


def _name(path: Path) -> str:
    return f"mappings/{path.parent.name}/{path.name}"


def _decoded(path: Path, others: OtherFiles, findings: list[Finding]) -> MappingFile | None:
    """Return a file with what it uses of the shared one; None if that is not known, or its model is not."""
    source = open_source(path, _name(path), MAPPING_LOADING, findings)
    if source is None:
        return None
    findings += [refused(MAPPING_LOADING, problem, _name(path)) for problem in _misplaced(path, source, others.known)]
    shared = others.shared
    if shared == "broken":  # what it refers to is not known
        return None
    try:
        expanded = expand(source, shared)
    except CatalogError as problem:
        findings.append(refused(MAPPING_LOADING, problem, _name(path)))
        return None
    document = decode(expanded.source, MappingDocument, MAPPING_LOADING, findings)
    if document is None or path.stem not in MODELS:
        return None
    return MappingFile(
        provider=path.parent.name,
        model=path.stem,
        document=document,
        source=expanded.source,
        ids=others.ids,
        shared=shared,
        used=expanded.used,
    )


def _misplaced(path: Path, source: Source, known: tuple[str, ...]) -> Iterator[CatalogError]:
    if path.parent.name not in known:
        yield source.error(
            (), f"unknown provider '{path.parent.name}'.{suggestion(path.parent.name, known)}", rule=LoadRule.UNKNOWN_SUBJECT
        )
    if path.stem not in MODELS:
        yield source.error((), f"unknown model '{path.stem}'.{suggestion(path.stem, MODELS)}", rule=LoadRule.UNKNOWN_SUBJECT)


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
    findings += ruled(MAPPING_RULES, file.source, MappingSubject(mapping=mapping))
    return mapping


def _uncompilable(file: MappingFile, provider: Provider) -> Iterator[CatalogError]:
    """Yield every expression and request that cannot be compiled; compiling the mapping would stop at the first."""
    try:
        compiler = Compiler(file, provider)
    except CatalogError as problem:  # of what the other expressions depend on
        yield problem
        return
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
