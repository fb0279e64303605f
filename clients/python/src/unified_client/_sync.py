"""Sending calls synchronously: sockets, waits, pages. The decisions are in `_attempts`."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import httpx2
import msgspec

from unified_client._attempts import LONGEST_S, Failure, answer_of, attempts, failed
from unified_client._calls import Answer, Call, Options, Request, Settings, check_limits
from unified_client._envelopes import Page
from unified_client._names import Known
from unified_client._problems import local_problem, next_call, value_of
from unified_client.errors import TimedOut

T = TypeVar("T")


class Stateful(Protocol):
    """Resources that can be waited for."""

    @property
    def status(self) -> str:
        """Its state."""


S = TypeVar("S", bound=Stateful)


class Records(Generic[T]):
    """The records of a list, page after page, requested when they are reached."""

    def __init__(self, sender: "Sender", call: Call[Page[T]], options: Options | None) -> None:
        self._sender, self._call, self._options = sender, call, options
        self.warnings: dict[str, str] = {}
        """The facts about the list from the pages so far, such as that Unified filtered it: texts by their code."""

    def __iter__(self) -> Iterator[T]:
        """Go through the records of all pages."""
        for page in self.pages():
            for record in page.data:  # noqa: UP028 - the asynchronous form has no `yield from`
                yield record

    def list_all(self, at_most: int = 10_000) -> list[T]:
        """Return the records of all pages. Raises ValueError if there are more than `at_most`."""
        found: list[T] = []
        for page in self.pages():
            found += page.data
            if len(found) > at_most:
                raise ValueError(f"expected at most {at_most} records, there are more: raise it, or iterate")
        return found

    def pages(self) -> Iterator[Page[T]]:
        """Go through the pages."""
        call: Call[Page[T]] | None = self._call
        while call is not None:
            answer = self._sender.answer(call, self._options)
            page = value_of(call, answer)
            self.warnings |= {one.code: one.message for one in page.meta.warnings}
            yield page
            call = next_call(call, page, answer)

    def page(self) -> Page[T]:
        """Return the first page alone."""
        return self._sender.run(self._call, self._options)


class Sender:
    """Sends calls, for one account or for none."""

    def __init__(self, settings: Settings, http: httpx2.Client, account: str | None = None) -> None:
        self._settings, self._http, self.account = settings, http, account

    @property
    def base_url(self) -> str:
        """Where calls are sent."""
        return self._settings.base_url

    def for_account(self, account: str) -> "Sender":
        """Return a sender of calls that name the account."""
        return Sender(self._settings, self._http, account)

    def answer(self, call: Call[Any], options: Options | None) -> Answer:
        """Send a call, again if it may be, and return the answer. Raises UnifiedError."""
        steps = attempts(self._settings, msgspec.structs.replace(call, account=call.account or self.account), options)
        outcome: Answer | Failure | None = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Request):
                    outcome = self._send(step)
                else:
                    outcome = None
                    time.sleep(step)
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    def _send(self, request: Request) -> Answer | Failure:
        if self._http.is_closed:
            raise RuntimeError("the client was closed: make a new one, and close it after its last call")
        limit = request.timeout if request.timeout < LONGEST_S else None
        headers, content = request.headers, request.content
        built = self._http.build_request(request.method, request.url, headers=headers, content=content, timeout=limit)
        parts, end = [], time.monotonic() + request.timeout
        try:
            response = self._http.send(built, stream=True, auth=None, follow_redirects=False)
            try:
                for part in response.iter_bytes():
                    parts.append(part)
                    if time.monotonic() > end:
                        raise TimeoutError
            finally:
                response.close()
        except (httpx2.HTTPError, TimeoutError) as failure:
            return failed(failure, request, is_timeout=isinstance(failure, httpx2.TimeoutException | TimeoutError))
        return answer_of(request, response.status_code, dict(response.headers), b"".join(parts))

    def run(self, call: Call[T], options: Options | None) -> T:
        """Send a call and return what the answer holds. Raises UnifiedError."""
        return value_of(call, self.answer(call, options))

    def records(self, call: Call[Page[T]], options: Options | None) -> Records[T]:
        """Return the records of a list; nothing is sent yet."""
        return Records(self, call, options)

    def wait(self, get: Callable[[str, Options], S], id: str, states: frozenset[str], timeout: float, every: float) -> S:
        """Get something until its status is not one of these. Raises TimedOut."""
        check_limits(timeout, max_wait=every)
        end, seen = time.monotonic() + timeout, deque[Answer](maxlen=1)
        while (found := get(id, Options(on_answer=seen.append))).status in states:
            if time.monotonic() + every > end:
                detail = f"{id} is still {found.status} after {timeout:g} seconds"
                raise TimedOut(local_problem("timed_out", detail, seen[-1].request_id, retryable=True))
            time.sleep(every)
        return found


class Resource(Known):
    """Methods of one resource or model."""

    _kind = "method"

    def __init__(self, sender: Sender, path: str) -> None:
        self._sender, self._path = sender, path
