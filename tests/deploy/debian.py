"""An empty Debian in a folder, in which tests install as on a machine of its own.

debootstrap fetches it once, from the mirror that this machine's apt has; each test gets a copy. Commands run as root in it, in
mount and process namespaces of their own: when a command ends, so does all that it has started.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.docs.pages import ROOT

RELEASE = "trixie"
CACHE = ROOT / ".unified" / "debian"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PASSED = re.compile(r"(PIP_(?!FIND_LINKS)|SSL_CERT_|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)")
_COPIED = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/xdg/pip", "/etc/apt/sources.list", "/etc/apt/sources.list.d",
           "/etc/apt/apt.conf.d", "/etc/apt/keyrings")  # fmt: skip
_LEFT_OUT = ("older-defaults-of-debian.sources", "docker-*", "*autoremove*", "70debconf")
"""Of this machine's configuration of apt: what belongs to its own packages."""


class Machine:
    """A Debian in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self, words: Sequence[str], *, setup: str = "") -> list[str]:
        """The command line that runs words as root in it; `setup` is shell that runs before, outside, with $ROOT."""
        inside = shlex.join(["chroot", str(self.root), *words])
        archives = CACHE / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        script = (
            f"set -e; ROOT={shlex.quote(str(self.root))}; mount -t proc proc $ROOT/proc; "
            f"mount --bind {shlex.quote(str(archives))} $ROOT/var/cache/apt/archives; {setup}\nexec {inside}"
        )
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "bash", "-c", script]

    def run(self, script: str, *, environment: dict[str, str] | None = None, timeout: float = 600) -> str:
        """What a script of bash prints; it fails with all output."""
        ended = subprocess.run(
            self.command(["bash", "-euo", "pipefail", "-c", script]),
            env=self.environment(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert ended.returncode == 0, f"exit {ended.returncode}:\n{script}\n{ended.stdout[-6000:]}"
        return ended.stdout

    @staticmethod
    def environment(more: dict[str, str]) -> dict[str, str]:
        """An almost empty environment, with this machine's way to the package registries."""
        passed = {name: value for name, value in os.environ.items() if _PASSED.match(name)}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **passed, **more}

    def copy(self, source: Path, target: str) -> None:
        """Copy a file or folder of this machine into it."""
        to = self.root / target.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(to)], check=True)

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def end(process: subprocess.Popen) -> None:
    """End what `Machine.command` started: the first process of its namespace, and with it all others."""
    for child in psutil.Process(process.pid).children():
        child.kill()  # a process that has become another user is not killed by the end of its parent
    process.kill()
    process.communicate()


def empty_machine(root: Path) -> Machine:
    """A fresh copy of the base system, with this machine's mirrors and certificates and nothing else."""
    machine = Machine(root)
    subprocess.run(["cp", "-a", "--reflink=auto", f"{_base()}/.", str(root)], check=True)
    (root / "etc/apt/sources.list").unlink(missing_ok=True)  # debootstrap's own, which names the same mirror again
    for name in _COPIED:
        if Path(name).exists():
            target = root / name.lstrip("/")
            if target.is_dir():
                shutil.rmtree(target)
            target.unlink(missing_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copied(Path(name), target)
    return machine


def _copied(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    else:
        shutil.copy(source, target)


def trust_registries(machine: Machine) -> None:
    """Give it this machine's certificates, which may hold one for a mirror of the registries."""
    shutil.copy(CERTIFICATES, machine.root / str(CERTIFICATES).lstrip("/"))


def sources(machine: Machine, target: str) -> None:
    """Put a checkout into it: what git has, as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    names = b"\0".join(name for name in listed.split(b"\0") if name and (ROOT / os.fsdecode(name)).exists())
    to = machine.root / target.lstrip("/")
    to.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(["tar", "-c", "--null", "-T", "-"], cwd=ROOT, input=names, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "--no-same-owner", "-C", str(to)], input=packed, check=True)


def _base() -> Path:
    base = CACHE / RELEASE
    if not base.exists():
        draft = CACHE / f".{RELEASE}.{os.getpid()}"
        draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            words = ["debootstrap", "--variant=minbase", RELEASE, str(draft), _mirror()]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            draft.rename(base)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return base


def _mirror() -> str:
    """The mirror of Debian that apt is configured with here."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for path in files:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for url in re.findall(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(https?://\S+)", text, re.MULTILINE):
            if not url.rstrip("/").endswith("-security"):
                return url
    raise AssertionError("no mirror of Debian in /etc/apt: apt needs one to install packages")
