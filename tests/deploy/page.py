"""The blocks of docs/deploy.md that tests carry out, by the name in the comment before them."""

from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "deploy.md"


def block(name: str) -> str:
    """The text of the first block of that name; those with the same name have the same text."""
    found = {one.text for one in blocks(PAGE) if one.mark == f"deploy: {name}"}
    assert len(found) == 1, f"{name}: expected one text in docs/deploy.md, got {len(found)}"
    return found.pop()


def names() -> set[str]:
    """The names of all such blocks."""
    return {one.mark.removeprefix("deploy: ") for one in blocks(PAGE) if one.mark.startswith("deploy: ")}


def unnamed_commands() -> list[str]:
    """Blocks of commands that no test carries out."""
    return [one.text for one in blocks(PAGE) if one.kind == "bash" and not one.mark]
