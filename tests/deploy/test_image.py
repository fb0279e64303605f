"""deploy/Dockerfile, carried out in empty Debians: what it builds runs as its user with a read-only root."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from tests.deploy.debian import Machine, empty_machine, end, sources, trust_registries
from tests.deploy.files import Instruction, compose, dockerfile_stages
from unified.server.serving import free_port
from unified.version import __version__

pytestmark = [pytest.mark.deploy, pytest.mark.takes(seconds=60)]

CONTEXT = "/.context"
START_S = 120.0
READ_ONLY = (
    "mount --bind $ROOT $ROOT; mount -o remount,ro,bind $ROOT; mount -t proc proc $ROOT/proc; "
    "mount -t tmpfs -o mode=1777 tmp $ROOT/tmp; mount --bind $HOME_VOLUME $ROOT/var/lib/unified; "
)
"""As `read_only: true` with a volume for the home folder and /tmp in memory; $ROOT is set by `Machine.command`."""


class Stage:
    """One stage of the Dockerfile, carried out instruction by instruction."""

    def __init__(self, machine: Machine, name: str) -> None:
        self.machine, self.name = machine, name
        self.folder, self.user = "/", "0:0"
        self.environment: dict[str, str] = {}
        self.entry: list[str] = []
        self.command: list[str] = []
        self.health: list[str] = []
        self.volumes: list[str] = []

    def carry_out(self, one: Instruction, earlier: dict[str, "Stage"]) -> None:
        known = {
            "ARG": lambda _: None,  # the version of the base, which is this Debian
            "FROM": lambda _: None,
            "EXPOSE": lambda _: None,
            "RUN": self.run,
            "WORKDIR": self.work_in,
            "ENV": lambda text: self.environment.update(dict(word.split("=", 1) for word in shlex.split(text))),
            "USER": lambda text: setattr(self, "user", text),
            "VOLUME": self.volumes.append,
            "COPY": lambda text: self.copy(text, earlier),
            "ENTRYPOINT": lambda text: setattr(self, "entry", json.loads(text)),
            "CMD": lambda text: setattr(self, "command", json.loads(text)),
            "HEALTHCHECK": lambda text: setattr(self, "health", json.loads(text[text.index("[") :])),
        }
        known[one.name](one.text)

    def run(self, text: str) -> None:
        assert self.user == "0:0"
        self.machine.run(f"cd {self.folder}; sh -c {shlex.quote(text)}", environment=self.environment)
        if "apt-get" in text:
            trust_registries(self.machine)

    def work_in(self, text: str) -> None:
        self.folder = text
        (self.machine.root / text.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def copy(self, text: str, earlier: dict[str, "Stage"]) -> None:
        words = text.split()
        base = self.machine.root / CONTEXT.lstrip("/")
        if words[0].startswith("--from="):
            base = earlier[words.pop(0).removeprefix("--from=")].machine.root
        *given, target = words
        to = (
            self.machine.root / self.folder.lstrip("/") / target
            if not target.startswith("/")
            else self.machine.root / target.lstrip("/")
        )
        for name in given:
            source = base / name.lstrip("/")
            into = to if source.is_dir() else to / source.name  # as Docker: of a folder, what is in it
            into.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", "-T", str(source), str(into)], check=True)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The last stage after all instructions."""
    stages: dict[str, Stage] = {}
    place = tmp_path_factory.mktemp("image")
    for number, instructions in enumerate(dockerfile_stages()):
        head = next(one.text for one in instructions if one.name == "FROM")
        (place / str(number)).mkdir()
        stage = Stage(empty_machine(place / str(number)), head.partition(" AS ")[2] or "last")
        if number == 0:
            sources(stage.machine, CONTEXT)
        for one in instructions:
            stage.carry_out(one, stages)
        stages[stage.name] = stage
    yield stages["last"]
    shutil.rmtree(place, ignore_errors=True)


def start(image: Stage, words: list[str], environment: dict[str, str], home: Path):
    """A process of the image, as a container with a read-only root would run it."""
    user, group = image.user.split(":")
    drop = [
        "setpriv",
        f"--reuid={user}",
        f"--regid={group}",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
        "--inh-caps=-all",
    ]
    inside = ["sh", "-c", f"cd {image.folder} && exec {shlex.join([*drop, 'env', '-i', *_pairs(image, environment), *words])}"]
    command = image.machine.command(inside, setup=f"HOME_VOLUME={shlex.quote(str(home))}; {READ_ONLY}")
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=Machine.environment({}),
    )


def _pairs(image: Stage, more: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in {**image.environment, **more}.items()]


@pytest.fixture
def home(tmp_path, image):
    folder = tmp_path / "volume"
    folder.mkdir(mode=0o700)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_mode & 0o011 != 0o011:
            parent.chmod(parent.stat().st_mode | 0o011)
    os.chown(folder, *map(int, image.user.split(":")))
    return folder


def finished(image: Stage, words: list[str], home: Path) -> str:
    process = start(image, words, {}, home)
    return process.communicate(timeout=START_S)[0]


def test_the_image_serves_a_request_as_its_user_with_a_read_only_root(image, home):
    port = free_port("127.0.0.1")
    environment = {"UNIFIED_PORT": str(port), "UNIFIED_PUBLIC_URL": "https://unified.example.com", "UNIFIED_HOST": "127.0.0.1"}
    process = start(image, [*image.entry, *image.command], environment, home)
    try:
        deadline, ready = time.monotonic() + START_S, False
        while not ready:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            try:
                ready = httpx2.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200
            except httpx2.TransportError:
                time.sleep(0.2)
        key = re.search(r"admin key\s+(uk_\S+)", finished(image, [*image.entry, "tenants", "add", "acme"], home))[1]
        answer = httpx2.get(f"http://127.0.0.1:{port}/tenant", headers={"Authorization": f"Bearer {key}"}, trust_env=False)
        assert answer.json()["name"] == "acme"
        check = [word.replace("8400", str(port)) for word in image.health]
        assert finished(image, check, home) == ""
        assert ["CMD", *check] == [
            word.replace("8400", str(port)) for word in compose()["services"]["unified"]["healthcheck"]["test"]
        ]
        kept = {path.name for path in home.iterdir()}
        assert {"unified.sqlite", "master.keys"} <= kept
        assert {path.stat().st_uid for path in home.iterdir()} == {int(image.user.split(":")[0])}
    finally:
        end(process)
    assert "Error" in finished(image, check, home)  # nothing listens any more


def test_the_image_holds_no_installer_and_nothing_that_its_user_can_change(image, home):
    printed = finished(image, [*image.entry, "--version"], home)
    assert __version__ in printed
    assert "No module named pip" in finished(image, ["/opt/unified/bin/python", "-m", "pip", "--version"], home)
    user, group = image.user.split(":")
    find = [
        "find",
        "/opt",
        "/usr",
        "/etc",
        "-not",
        "-type",
        "l",
        "(",
        "-user",
        user,
        "-o",
        "-group",
        group,
        "-o",
        "-perm",
        "-002",
        ")",
    ]
    found = finished(image, find, home).splitlines()  # beside what it may not even read
    assert [line for line in found if line.startswith("/")] == []
    assert "Read-only file system" in finished(image, ["touch", "/opt/x"], home) or "Permission denied" in finished(
        image, ["touch", "/opt/x"], home
    )
    assert "set UNIFIED_PUBLIC_URL" in finished(image, [*image.entry, *image.command], home)
