"""`$reads`: the provider paths that a record expression reads, written as this provider wants them named."""

from collections.abc import Iterable

from unified.catalog.provider import Reads


def render_reads(paths: Iterable[tuple[str, ...]], rules: Reads) -> list[str]:
    """Sorted names to ask the provider for; wildcard steps end a name, whole-object reads give none."""
    prefix = tuple(rules.under.split(".")) if rules.under else ()
    names = {name for path in paths if (name := _name(path, prefix, rules.depth))}
    kept = {name for name in names if not _excluded(name, rules.exclude)}
    return sorted(kept | set(rules.always))


def _name(path: tuple[str, ...], prefix: tuple[str, ...], depth: int | None) -> str:
    if path[: len(prefix)] != prefix:
        return ""
    steps: list[str] = []
    for step in path[len(prefix) :][:depth]:
        if step in {"*", "**"}:
            break
        steps.append(step)
    return ".".join(steps)


def _excluded(name: str, excluded: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in excluded)
