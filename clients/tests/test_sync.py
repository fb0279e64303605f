"""The recipe for synchronising, with both clients: killed after any page, it ends with what the provider has."""

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clients.tests.built import NODE_24, compiled
from tests.docs.pages import ROOT
from unified_client import Client

PROGRAMS = {"python": ROOT / "docs/examples/sync_contacts.py", "typescript": ROOT / "docs/examples/sync_contacts.mts"}
PAGE = 60


def command(language: str) -> list[str | Path]:
    if language == "python":
        return [sys.executable, PROGRAMS[language]]
    folder = compiled((PROGRAMS[language]).read_text(encoding="utf-8"))
    return [NODE_24, folder / "out/readme.js"]


def start(words: Sequence[str | Path], environment: Mapping[str, str], *, killed_after: int | None = None) -> str:
    """Run the program; kill it once it has printed so many lines."""
    process = subprocess.Popen(
        [str(one) for one in words], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    lines: list[str] = []
    with process, process.stdout:
        for line in process.stdout:
            lines.append(line)
            if len(lines) == killed_after:
                process.kill()
                break
    assert killed_after is not None or process.returncode == 0, lines
    return "".join(lines)


def copied(language: str, file: Path) -> dict[str, Any]:
    """The copy: records by id."""
    if language == "typescript":
        content = json.loads(file.read_text(encoding="utf-8"))
        return {name: one["record"] for name, one in content["contacts"].items()}
    with closing(sqlite3.connect(file)) as copy:
        return {name: json.loads(record) for name, record in copy.execute("SELECT id, record FROM contact")}


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_copy_is_in_step_however_often_it_is_killed(language: str, demo: dict[str, str], tmp_path: Path) -> None:
    with Client(demo["UNIFIED_URL"], demo["UNIFIED_KEY"]) as client:
        keep_in_step(client.account(demo["HUBSPOT"]).crm.contacts, language, demo, tmp_path)


def keep_in_step(contacts: Any, language: str, demo: dict[str, str], tmp_path: Path) -> None:
    file, rng = tmp_path / "copy", random.Random(7)
    environment = {**demo, "SYNC_ACCOUNT": demo["HUBSPOT"], "SYNC_FILE": str(file), "SYNC_PAGE": str(PAGE)}
    words = command(language)
    mine = [contacts.create(last_name=f"Sync {number}") for number in range(4)]
    start(words, environment, killed_after=1)
    contacts.update(mine[0].id, last_name="Changed between kills")
    start(words, environment, killed_after=2)
    start(words, environment)
    for round_number in range(3):
        contacts.update(mine[1].id, last_name=f"Changed {round_number}")
        contacts.delete(mine.pop().id)
        mine.append(contacts.create(last_name=f"New {round_number}"))
        contacts.delete(mine.pop(0).id)
        start(words, environment, killed_after=rng.randint(1, 4))
        mine.append(contacts.create(last_name=f"Late {round_number}"))
        start(words, environment, killed_after=rng.randint(1, 4))
    start(words, environment)
    assert start(words, environment).splitlines()[-1].startswith("in step: ")
    now = {one.id: one.last_name for one in contacts.list(limit=200)}
    assert {name: one["last_name"] for name, one in copied(language, file).items()} == now
    for one in mine:
        contacts.delete(one.id)


def test_the_programs_are_shown_on_the_page() -> None:
    text = (ROOT / "docs/sync.md").read_text(encoding="utf-8")
    assert all(f"(examples/{one.name})" in text for one in PROGRAMS.values())
