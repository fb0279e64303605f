"""npm jsonata in a child process: asked by lines of JSON, killed when it does not answer in time."""

import json
import os
import select
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from unified_jsonata import UNDEFINED

ROOT: Final = Path(__file__).parents[2]
HOME: Final = ROOT / ".unified/node"
"""Where `make` installs the package; `UNIFIED_NODE_MODULES` names another folder of packages."""
SCRIPT: Final = Path(__file__).with_name("engine.js")
CHUNK: Final = 1 << 20
EXACT: Final = 2**53


class NodeError(Exception):
    """The engine answered an error; `code` is the language's, `JS …` for an exception of JavaScript's, `timeout` for a hang.

    `position` is the end of the token that it names, in JavaScript's units; None when it names none.
    """

    def __init__(self, code: str, message: str = "", position: int | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.position = position


def missing() -> str | None:
    """Why there is no node engine here, or None when there is one."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (_modules() / "jsonata").is_dir():
        return f"the package jsonata is not in {_modules()}; `npm install` needs a network"
    return None


def _modules() -> Path:
    return Path(os.environ.get("UNIFIED_NODE_MODULES") or HOME / "node_modules")


def _number(digits: str) -> int | float:
    """A number as JavaScript has it: a double, which is an integer here when it holds one exactly."""
    return int(digits) if abs(int(digits)) <= EXACT else float(digits)


def _unpacked(value: dict[str, Any]) -> Any:
    """A number that JSON has no word for, as the script writes it; other objects as they are."""
    return float(value["$number"]) if value.keys() == {"$number"} else value


class Node:
    """One child process at a time; started at the first request, and anew after a hang or a crash."""

    def __init__(self, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self._child: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def load(self, name: str, source: str, document: Any) -> Any:
        """Parse an expression and keep it with its document under a name; its value."""
        return self.ask({"do": "load", "name": name, "source": source, "document": document}, 60.0)

    def time(self, name: str, pages: int) -> float:
        """Milliseconds a page by the child's own clock, over so many evaluations."""
        return float(self.ask({"do": "time", "name": name, "pages": pages}, 120.0))

    def evaluate(self, source: str, document: Any = UNDEFINED, bindings: Any = None) -> Any:
        """The value, or UNDEFINED. NodeError when it fails, hangs or dies."""
        request = {"do": "eval", "source": source, "bindings": bindings or {}}
        return self.ask(request if document is UNDEFINED else {**request, "document": document}, self.timeout)

    def ask(self, request: Any, timeout: float) -> Any:
        """One request and its answer."""
        self.send(request)
        return self.received(timeout)

    def asked(self, source: str, document: Any = UNDEFINED) -> None:
        """Begin to evaluate; `received` has the value. Meanwhile the caller may do something else."""
        request = {"do": "eval", "source": source, "bindings": {}}
        self.send(request if document is UNDEFINED else {**request, "document": document})

    def send(self, request: Any) -> None:
        """Write one request; a child that is dead is noticed when its answer is read."""
        child = self._started()
        assert child.stdin is not None
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()

    def received(self, timeout: float) -> Any:
        """The answer to the request that was sent last."""
        try:
            answer = json.loads(self._line(self._started(), timeout), parse_int=_number, object_hook=_unpacked)
        except (BrokenPipeError, TimeoutError) as error:
            self.close()
            raise NodeError("timeout" if isinstance(error, TimeoutError) else "crash") from None
        if "code" in answer:
            raise NodeError(answer["code"], answer.get("message", ""), answer.get("position"))
        return UNDEFINED if "undefined" in answer else answer["value"]

    def close(self) -> None:
        """End the child; the next request starts another."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self._rest = None, b""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            environment = {**os.environ, "NODE_PATH": str(_modules())}
            self._child = subprocess.Popen(
                [shutil.which("node") or "node", str(SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return self._child

    def _line(self, child: subprocess.Popen[bytes], timeout: float) -> bytes:
        assert child.stdout is not None
        while b"\n" not in self._rest:
            if not select.select([child.stdout], [], [], timeout)[0]:
                raise TimeoutError
            read = os.read(child.stdout.fileno(), CHUNK)
            if not read:
                raise BrokenPipeError
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        return line
