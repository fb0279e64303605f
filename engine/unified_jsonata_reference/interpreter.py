"""Evaluation by jsonata-python, kept behind plain Python values.

That engine keeps the current evaluation in a thread-local of its class and in the compiled object; here every
call gets a shallow copy of the compiled object and separate frames, and the thread-local is put back
afterwards, so that one expression serves many threads and may be evaluated inside another. Its null is an
object and its None is undefined; both are translated on the way in and out, which copies the data.

Bounds: time and depth are looked at between expressions. One that is slow by itself (a regular expression that
backtracks, padding to a huge width) is not interrupted.
"""

import copy
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from jsonata import functions as builtin
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.signature import Signature

from unified_jsonata.limits import Limits
from unified_jsonata.runtime.supplied import NullPasses, arity
from unified_jsonata.undefined import UNDEFINED
from unified_jsonata_reference.exchange import NULL, Opaque, as_text, inward, outward, unwrapped

Function = Callable[..., Any]


class CallFailed(Exception):
    """A called function raised; the text names the kind of error, never the error's own text.

    `given` says that the function came from outside, `location` is the offset behind the call's bracket.
    """

    def __init__(self, text: str, *, given: bool) -> None:
        super().__init__(text)
        self.given = given
        self.location = -1


class _Evaluator(Jsonata):  # type: ignore[misc]
    """The engine with limits, exact integers in `&`, places for errors, and no printing of data.

    The engine's own count of depth was seen to grow with the number of records of a page; here a level ends
    with its evaluation.
    """

    deadline = math.inf
    levels = 0

    def _eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        if self.levels <= 0:
            raise JException("D1011", -1)
        if time.thread_time() > self.deadline:
            raise JException("D1012", -1)
        self.levels -= 1
        try:
            return super()._eval(expr, input, environment)
        finally:
            self.levels += 1

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        return as_text(lhs) + as_text(rhs)

    def evaluate_binary(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        try:
            return super().evaluate_binary(expr, input, environment)
        except JException as error:
            if error.location <= 0 and error.error not in RUNAWAY:
                error.location = expr.position
            raise

    def evaluate_function(self, expr: Any, input: Any, environment: Any, applyto_context: Any) -> Any:  # noqa: A002
        try:
            return super().evaluate_function(expr, input, environment, applyto_context)
        except CallFailed as failure:
            failure.location = expr.position if failure.location < 0 else failure.location
            raise
        except (JException, RecursionError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001
            unforeseen = CallFailed(type(error).__name__, given=False)
            unforeseen.location = expr.position
            raise unforeseen from None

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        if not self.is_function_like(proc):
            raise JException("T1006", -1)
        return super().apply_inner(proc, args, input, environment)


RUNAWAY = frozenset(("D1011", "D1012"))
"""Codes of the limits: where they strike says nothing."""


class _Arity:
    """Replaces the signature that the engine looks for: says how many arguments a callback is given."""

    def __init__(self, required: int) -> None:
        self.required = required

    def validate(self, args: Any, _: Any) -> Any:
        return args

    def get_min_number_of_args(self) -> int:
        return self.required

    def set_function_name(self, name: str) -> None:
        """Ignore the name that a function is bound to; errors here carry their own."""


class _Given(Jsonata.JFunction):  # type: ignore[misc]
    """A function supplied by the caller."""

    def __init__(self, name: str, function: Function) -> None:
        super().__init__(None, None)
        self.function_name = name
        self.callable = function
        self.required, self.accepted = arity(function)
        self.signature = _Arity(max(self.required, 1))

    def get_number_of_args(self) -> int:
        return self.required

    def call(self, _: Any, args: Any) -> Any:
        given = [outward(argument) for argument in args or ()]
        if any(isinstance(argument, Opaque) for argument in given):
            raise JException("U0103", -1)
        while given and given[-1] is UNDEFINED:
            given.pop()
        if len(given) > self.accepted:
            raise JException("T0410", -1)
        given += [UNDEFINED] * (self.required - len(given))
        try:
            return inward(self.callable(*given))
        except Exception as error:
            text = f"${self.function_name}: {type(error).__name__}"
            raise CallFailed(text, given=True) from error


class _NullPasses(Jsonata.JFunction):  # type: ignore[misc]
    """A function of the engine that gives null for null as one argument."""

    def __init__(self, name: str, function: Any, position: int) -> None:
        super().__init__(None, None)
        self.function_name = name
        self.inner = function
        self.position = position
        self.signature = _NullSignature(self)

    def get_number_of_args(self) -> int:
        number: int = self.inner.get_number_of_args()
        return number

    def has_null(self, args: Any) -> bool:
        """Return whether null was given where it gives null."""
        return len(args or ()) > self.position and args[self.position] is NULL

    def call(self, input: Any, args: Any) -> Any:  # noqa: A002
        return NULL if self.has_null(args) else self.inner.call(input, args)


class _NullSignature:
    """The signature of the function inside, which is not asked about null."""

    def __init__(self, function: _NullPasses) -> None:
        self.function = function

    def validate(self, args: Any, context: Any) -> Any:
        return args if self.function.has_null(args) else self.function.inner.signature.validate(args, context)

    def get_min_number_of_args(self) -> int:
        number: int = self.function.inner.signature.get_min_number_of_args()
        return number

    def set_function_name(self, name: str) -> None:
        """Ignore the name that a function is bound to; the inner one has its own."""


class _String(Jsonata.JFunction):  # type: ignore[misc]
    """`$string` that keeps every digit of an integer."""

    def __init__(self) -> None:
        super().__init__(None, None)
        self.function_name = "string"
        self.signature = Signature("<x-b?:s>", "string")

    def get_number_of_args(self) -> int:
        return 2

    def call(self, _: Any, args: Any) -> Any:
        value = unwrapped(args[0])
        return None if value is None else as_text(value, pretty=len(args) > 1 and args[1] is True)


class _Coded(Jsonata.JNativeFunction):  # type: ignore[misc]
    """A function of the engine that answers the language's code where it would raise ValueError."""

    def __init__(self, name: str, signature: str, method: str, code: str) -> None:
        super().__init__(name, signature, builtin.Functions, method)
        self.code = code

    def call(self, input: Any, args: Any) -> Any:  # noqa: A002
        try:
            return super().call(input, args)
        except (ValueError, OverflowError):
            raise JException(self.code, -1) from None


class Program:
    """One parsed expression with its functions; immutable after construction."""

    def __init__(self, source: str, given: Mapping[str, Function]) -> None:
        with _Current(None):
            self._engine = _Evaluator(source)
        self._frame = Jsonata.Frame(Jsonata.static_frame)
        self._frame.bind("string", _String())
        self._frame.bind("toMillis", _Coded("toMillis", "<s-s?:n>", "datetime_to_millis", "D3110"))
        self._frame.bind("number", _Coded("number", "<(nsb)-:n>", "number", "D3030"))
        for name, function in given.items():
            self._frame.bind(name, self._bound(name, function))

    def _bound(self, name: str, function: Any) -> Any:
        if isinstance(function, NullPasses):
            return _NullPasses(name, self._frame.lookup(name), function.position)
        return _Given(name, function)

    def run(self, data: Any, bindings: Mapping[str, Any], limits: Limits) -> Any:
        """Return the value for one document; raises JException, CallFailed or what the engine stumbles over."""
        engine = copy.copy(self._engine)
        engine.parser = Jsonata.get_parser()
        engine.validate_input = False
        engine.output_convert_nulls = False
        engine.environment = Jsonata.Frame(self._frame)
        engine.deadline = time.thread_time() + limits.timeout
        engine.levels = limits.depth
        names = {name: inward(value) for name, value in bindings.items()}
        document = inward(data)
        with _Current(engine):
            result = outward(engine.evaluate(document, names))
        return UNDEFINED if isinstance(result, Opaque) else result


class _Current:
    """Puts an engine where the engine's own functions look for it, and the one before back."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.before: Any = None

    def __enter__(self) -> None:
        self.before = getattr(Jsonata.CURRENT, "jsonata", None)
        if self.engine is not None:
            Jsonata.CURRENT.jsonata = self.engine

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            Jsonata.CURRENT.jsonata = self.before
        elif hasattr(Jsonata.CURRENT, "jsonata"):
            del Jsonata.CURRENT.jsonata
