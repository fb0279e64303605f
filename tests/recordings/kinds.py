"""What recorded bodies are: `cassettes/<provider>/recordings.yaml` says which model each belongs to, or why to none.

A resource that the file does not list fails the test: somebody has to decide. A provider without the file promises nothing
about recorded bodies.
"""

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "cassettes"
NAME = "recordings.yaml"
Kind = str | tuple[None, str]
"""The model, or None with the reason why there is none."""


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    unknown = content.keys() - {"models", "files", "operations", "none", "differs"}
    assert not unknown, f"{path}: expected models, files, operations, none and differs, got {unknown}"
    return content


DECIDED = {path.parent.name: _read(path) for path in sorted(FOLDER.glob(f"*/{NAME}"))}
PROVIDERS = tuple(DECIDED)
REASONS: dict[str, str] = {
    f"{provider} {place}": reason
    for provider, content in DECIDED.items()
    for place, reason in content.get("differs", {}).items()
}
"""Provider, model and field of a third party → why its value is not in our record."""


def kind_of(provider: str, resource: str, file: str) -> Kind:
    """The model of a body, or None with the reason; `unknown` when nobody decided yet."""
    content = DECIDED[provider]
    for name in (file, resource):
        reason = next((one for one, names in content.get("none", {}).items() if name in names), None)
        if reason is not None:
            return None, reason
        model: str | None = content.get("files", {}).get(name) or content.get("models", {}).get(name)
        if model is not None:
            return model
    return "unknown"


def operation_of(provider: str, file: str) -> str:
    """The operation that answers with such a body: by the name of the file, unless the data says otherwise."""
    named: str = Path(file).name.split(".")[1]
    other: str | None = DECIDED[provider].get("operations", {}).get(file)
    return other or named
