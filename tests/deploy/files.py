"""The files of deploy/ as data: what their tests read them with."""

import configparser
import re
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.docs.pages import ROOT

DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "unified"
TOOLS = ROOT / ".unified" / "deploy-tools" / "bin"
"""The programs that `make test-deploy` installs."""


class Instruction(NamedTuple):
    """One instruction of a Dockerfile."""

    name: str
    text: str


def dockerfile_stages() -> list[list[Instruction]]:
    """The instructions of each stage, `FROM` first; what is before the first one belongs to it."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    found = [Instruction(*line.split(maxsplit=1)) for line in lines.splitlines() if line.strip()]
    stages: list[list[Instruction]] = []
    before: list[Instruction] = []
    for one in found:
        if one.name == "FROM":
            stages.append([*before, one])
            before = []
        elif stages:
            stages[-1].append(one)
        else:
            before.append(one)
    return stages


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def unit() -> dict[str, list[tuple[str, str]]]:
    """Section of unified.service → its lines in order; systemd allows a key several times."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in (DEPLOY / "unified.service").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            sections[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            sections[list(sections)[-1]].append((key, value))
    return sections


def service_unit() -> dict[str, str]:
    """The keys of [Service] with their last values."""
    return dict(unit()["Service"])


def environment_file(*, with_comments: bool = False) -> dict[str, str]:
    """What unified.env sets, or what it sets once its examples are taken in."""
    text = (DEPLOY / "unified.env").read_text(encoding="utf-8")
    if with_comments:
        text = re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE)
    parser = configparser.ConfigParser(interpolation=None, delimiters=["="], comment_prefixes=["#"])
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string("[all]\n" + text)
    return dict(parser["all"])


def text_files() -> list[Path]:
    """Every file of deploy/ and the page that explains them."""
    found = [path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.relative_to(DEPLOY).parts]
    return [*sorted(found), ROOT / "docs" / "deploy.md"]
