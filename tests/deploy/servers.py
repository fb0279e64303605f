"""A PostgreSQL and a Redis of a test's own, with the certificates and settings of docs/deploy.md, on free ports."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.deploy.page import block
from unified.server.serving import free_port

HOSTS = {"db.internal": "127.0.0.1", "cache.internal": "127.0.0.1"}
PASSWORD = "pw-of-the-test"
START_S = 30.0


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A running server and the authority that signed its certificate."""

    port: int
    authority: Path
    folder: Path
    """Where its files and its socket are."""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, as PostgreSQL's must; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="unified-deploy-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def authority(folder: Path) -> Path:
    """A folder with ca.pem and the certificates of both servers, made by the commands of the page."""
    folder.mkdir()
    subprocess.run(["bash", "-euo", "pipefail", "-c", block("certificates")], cwd=folder, check=True, capture_output=True)
    for path in folder.glob("*.key"):
        path.chmod(0o600)
    return folder


def tool(name: str) -> Path:
    """A program of the newest PostgreSQL that is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    assert folders, "PostgreSQL's server is not installed: apt-get install postgresql"
    return folders[-1]


def as_postgres(words: list[str]) -> list[str]:
    """PostgreSQL does not run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words] if os.geteuid() == 0 else words


@contextmanager
def postgresql(folder: Path, certificates: Path, *, tls: bool = True) -> Iterator[Server]:
    """PostgreSQL with the page's postgresql.conf, pg_hba.conf and role; without TLS, the same with `ssl = off`."""
    folder.mkdir()
    keys = folder / "tls"
    subprocess.run(["cp", "-r", str(certificates), str(keys)], check=True)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
    data, port = folder / "data", free_port("127.0.0.1")
    run(as_postgres([str(tool("initdb")), "-D", str(data), "-A", "trust", "-E", "UTF8", "--no-sync"]))
    settings = block("postgresql.conf").replace("/etc/postgresql/tls", str(keys)).replace("'*'", "'127.0.0.1'")
    if not tls:
        settings = re.sub(r"ssl = on", "ssl = off", settings)
    rules = block("pg_hba.conf").replace("10.0.0.0/24", "127.0.0.0/8")
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"{settings}port = {port}\nunix_socket_directories = '{folder}'\nfsync = off\n")
    (data / "pg_hba.conf").write_text(f"local all all trust\n{rules}" + ("" if tls else rules.replace("hostssl", "host")))
    process = subprocess.Popen(
        as_postgres([str(tool("postgres")), "-D", str(data)]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        psql = as_postgres(["psql", "-v", "ON_ERROR_STOP=1", "-h", str(folder), "-p", str(port), "-d", "postgres", "-f", "-"])
        wait(lambda: subprocess.run([*psql[:-2], "-c", "SELECT 1"], capture_output=True, check=False).returncode == 0, process)
        run(psql, text=block("role").replace("PASSWORD 'PASSWORD'", f"PASSWORD '{PASSWORD}'"))
        yield Server(port=port, authority=certificates / "ca.pem", folder=folder)
    finally:
        process.terminate()
        process.wait(START_S)


@contextmanager
def redis(folder: Path, certificates: Path, *, tls: bool = True) -> Iterator[Server]:
    """Redis with the page's redis.conf; without TLS, the same on a plain port."""
    folder.mkdir()
    port = free_port("127.0.0.1")
    settings = block("redis.conf").replace("/etc/redis/tls", str(certificates)).replace("PASSWORD", PASSWORD)
    settings = (
        settings.replace("tls-port 6379", f"tls-port {port}")
        if tls
        else settings.replace("port 0\ntls-port 6379", f"port {port}")
    )
    conf = folder / "redis.conf"
    conf.write_text(f"{settings}dir {folder}\nbind 127.0.0.1\n", encoding="utf-8")
    process = subprocess.Popen(["redis-server", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        words = [
            "redis-cli",
            "-p",
            str(port),
            "-a",
            PASSWORD,
            "--no-auth-warning",
            *(["--tls", "--cacert", str(certificates / "ca.pem"), "--sni", "cache.internal"] if tls else []),
            "ping",
        ]
        wait(lambda: b"PONG" in subprocess.run(words, capture_output=True, check=False).stdout, process)
        yield Server(port=port, authority=certificates / "ca.pem", folder=folder)
    finally:
        process.terminate()
        process.wait(START_S)


def run(words: list[str], text: str = "") -> str:
    ended = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def wait(true, process) -> None:
    deadline = time.monotonic() + START_S
    while not true():
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        assert time.monotonic() < deadline, f"{process.args} did not start in time"
        time.sleep(0.1)
