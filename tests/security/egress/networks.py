"""Stand-ins below and beside the guard: a network that notes where it was asked to go, and a resolver that answers as told."""

import asyncio
from typing import Any

import httpcore2


class Recorder(httpcore2.AsyncNetworkBackend):
    """A network on which nothing answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.timeouts: list[float | None] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's protocol
        *_: Any,
    ) -> httpcore2.AsyncNetworkStream:
        self.asked.append((host, port))
        self.timeouts.append(timeout)
        raise httpcore2.ConnectError("nothing answers")


class Names:
    """A resolver: each look-up takes the next answer, the last one stays."""

    def __init__(self, *answers: list[str] | Exception | float) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return ["8.8.8.8"]
        return answer
