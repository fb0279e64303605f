"""CONTRIBUTING.md, done as it is written: its files are written, its commands run, in front of a stand-in of Shelfmark."""

import json
import shlex
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.docs.conftest import plain_environment, ready_content
from tests.docs.pages import ROOT, blocks, commands, matches

pytestmark = pytest.mark.slow

PAGE = ROOT / "CONTRIBUTING.md"
TOKEN = "shelf-token"
PEOPLE = [
    {"id": n, "first": first, "last": last, "mail": f"{first.lower()}@engines.example", "changed": f"2026-11-0{n}T09:00:00Z"}
    for n, (first, last) in enumerate([("Ada", "Lovelace"), ("Mary", "Somerville"), ("Sofia", "Kovalevskaya")], start=1)
]


class Shelfmark(BaseHTTPRequestHandler):
    """The API that the page describes."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"error": {"code": "bad_token", "message": "Who are you?"}})
        elif url.path == "/v1/me":
            self._answer(200, {"name": "me"})
        elif url.path == "/v1/people":
            start, size = int(query.get("after", "0")), int(query.get("limit", "10"))
            more = start + size < len(PEOPLE)
            self._answer(200, {"people": PEOPLE[start : start + size], "next": str(start + size) if more else None})
        else:
            self._answer(404, {"error": {"code": "none", "message": "No such thing"}})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def shelfmark() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelfmark)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing of a catalogue but its folders."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("providers", "mappings"):
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="module")
def environment(shelfmark: str, checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return plain_environment() | {
        "SHELFMARK_TOKEN": TOKEN,
        "UNIFIED_CATALOG": str(checkout),
        "UNIFIED_HOME": str(tmp_path_factory.mktemp("home")),
        "UNIFIED_PROVIDER_URLS": json.dumps({"shelfmark": shelfmark}),
        "UNIFIED_ALLOW_LOOPBACK": "true",
    }


@pytest.fixture(scope="module")
def done(checkout: Path, environment: dict[str, str]) -> list[tuple[str, str]]:
    """The whole page, in order; answers each command with what it printed."""
    came = []
    for block in blocks(PAGE):
        if block.file:
            (checkout / block.file).parent.mkdir(parents=True, exist_ok=True)
            (checkout / block.file).write_text(block.text, encoding="utf-8")
        for command in commands(block) if block.kind == "console" else []:
            printed = run(command.line, checkout, environment)
            assert matches(command.prints, printed), (
                f"{command.where}: `{command.line}` prints\n{printed}\nthe page shows\n{command.prints}"
            )
            came.append((command.line, printed))
    return came


def run(line: str, folder: Path, environment: dict[str, str]) -> str:
    words = [environment[word[1:]] if word.startswith("$") else word for word in shlex.split(line)]
    assert words[0] == "unified", f"the page's console blocks hold commands of `unified` only, not {words[0]}"
    ended = subprocess.run(
        [sys.executable, "-m", "unified.cli.main", *words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_every_command_prints_what_the_page_shows(done: list[tuple[str, str]]) -> None:
    used = {" ".join(line.split()[1:2]) for line, _ in done}
    assert used >= {"new", "lint", "check", "try", "test", "map", "review", "tenants", "accounts"}


def test_no_central_file_is_edited(checkout: Path, done: list[tuple[str, str]]) -> None:
    assert done
    written = sorted(str(path.relative_to(checkout)) for path in checkout.rglob("*") if path.is_file())
    assert written == [
        "cassettes/shelfmark/scenario.yaml",
        "mappings/shelfmark/crm.contacts.test.yaml",
        "mappings/shelfmark/crm.contacts.yaml",
        "mappings/shelfmark/review.yaml",
        "providers/shelfmark.sandbox.yaml",
        "providers/shelfmark.yaml",
        "sample.json",
    ]


def test_the_new_provider_is_served_page_by_page(
    environment: dict[str, str], done: list[tuple[str, str]], tmp_path: Path
) -> None:
    printed = {line.split()[1]: text for line, text in done}
    key = printed["tenants"].partition("admin key")[2].split()[0]
    account = json.loads(printed["accounts"])["id"]
    ready = tmp_path / "ready.json"
    served = environment | {"UNIFIED_READY_FILE": str(ready)}
    process = subprocess.Popen(
        [sys.executable, "-m", "unified.cli.main", "serve", "--port", "0"], cwd=tmp_path, env=served, stderr=subprocess.DEVNULL
    )
    try:
        base = ready_content(ready, process)["base_url"]
        first = get(f"{base}/crm/contacts?account_id={account}&limit=2", key)
        assert [one["name"] for one in first["data"]] == ["Ada Lovelace", "Mary Somerville"]
        second = get(f"{base}/crm/contacts?account_id={account}&limit=2&cursor={first['next_cursor']}", key)
        assert [one["name"] for one in second["data"]] == ["Sofia Kovalevskaya"]
        assert second["next_cursor"] is None
    finally:
        process.terminate()
        process.wait(timeout=60)


def get(url: str, key: str) -> dict:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
