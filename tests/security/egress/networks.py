"""Stand-ins below and beside the guard: a network that notes where it was asked to go, and a resolver that answers as told."""

import asyncio
from typing import Any, NoReturn

from unified.transport.http1.failures import ConnectError
from unified.transport.http1.urls import Origin


class Recorder:
    """A network on which nothing answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.timeouts: list[float | None] = []

    async def dial(self, origin: Origin, _make: Any, _tls: Any, address: str, limit: float | None) -> NoReturn:
        self.asked.append((address, origin.port))
        self.timeouts.append(limit)
        raise ConnectError("nothing answers")


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
