"""Node types: typed Python functions, declared once for editor, validation, engine and docs."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from argosy.core.wire import Wire
from argosy.errors import InvalidInput, NodeExit, OutputInvalid
from argosy.graph.context import NodeContext
from argosy.graph.interrupts import is_stop_request
from argosy.graph.magnitude import MAX_MAGNITUDE, find_unbounded, is_suspect
from argosy.graph.outputs import dump, refusal, verify
from argosy.graph.timeout import Overrun

Category = Literal[
    "trigger",
    "source",
    "transform",
    "condition",
    "scorer",
    "risk",
    "optimizer",
    "executor",
    "monitor",
    "gate",
    "custom",
]
Pool = Literal["quick", "io", "heavy"]


class _ManyMarker:
    """Marker of an input port that accepts any number of edges, in document order."""


MANY = _ManyMarker()
T = TypeVar("T")
Many = Annotated[list[T], MANY]
"""List input such as `Many[Opportunity]` with any number of edges; dead edges are left out."""


class _BindingMarker:
    """Marker of an optional input port whose default applies only without an edge."""


BINDING = _BindingMarker()
Binding = Annotated[T | None, BINDING]
"""Optional input such as `Binding[Decimal]`; an edge makes it binding.

The node is skipped when that edge is dead.
"""

WHEN = "when"
"""Name of the implicit control input of every node."""


class NoParams(Wire):
    """Parameters of nodes without parameters."""


class NoOutputs(Wire):
    """Outputs of nodes that only have effects."""


class Branch(Wire):
    """Outputs of a condition: the branch taken, and a value to pass on."""

    branch: str
    value: Any = None


class RetryPolicy(Wire):
    """Retries of a node: number of attempts, exponential back-off with jitter.

    Only retryable errors are retried. Jitter scales each delay by a random factor of 0.5 to 1.
    """

    max_attempts: int = 3
    delay_s: float = 0.5
    factor: float = 2.0
    max_delay_s: float = 30.0
    jitter: bool = True

    def delay_after(self, attempt: int) -> float:
        """Return the seconds until the next attempt, before jitter, at most `max_delay_s`."""
        try:
            delay_s = self.delay_s * self.factor ** (attempt - 1)
        except OverflowError:
            return self.max_delay_s
        return min(delay_s, self.max_delay_s)


@dataclass(frozen=True)
class Port:
    """Input or output of a node type; edges join ports with compatible `type_name`."""

    name: str
    annotation: Any
    type_name: str
    required: bool = True
    many: bool = False
    default: Any = None
    binding: bool = False

    @property
    def takes(self) -> str:
        """Description of the number of edges that the port accepts."""
        if self.many:
            return "any number of edges"
        if self.required:
            return "required"
        return "optional, needed once joined" if self.binding else "optional"

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.annotation)

    @cached_property
    def loose(self) -> bool:
        """True if a value of this port may contain parts of any type."""
        return _is_loose(self.annotation, set())


@dataclass(frozen=True)
class NodeType:
    """Registered node type."""

    name: str
    function: Callable[..., Any]
    category: Category
    title: str
    description: str
    params_model: type[BaseModel]
    outputs_model: type[BaseModel]
    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]
    branches: tuple[str, ...] = ()
    pool: Pool = "quick"
    timeout_s: float = 10.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    takes_params: bool = True
    reduces: bool = False

    def parse_params(self, raw: Mapping[str, Any]) -> BaseModel:
        """Parse parameters; raise InvalidInput with every problem."""
        try:
            params = self.params_model.model_validate(raw)
        except ValidationError as error:
            raise InvalidInput(
                f"parameters of {self.name} are invalid",
                found="; ".join(
                    f"{'.'.join(map(str, e['loc'])) or 'params'}: {e['msg']} (got {e['input']!r})"
                    for e in error.errors()
                ),
                remedy=f"see `argosy nodes show {self.name}` for the parameters it takes",
            ) from None
        _refuse_unbounded(params, f"parameters of {self.name} are invalid")
        return params

    def call(self, ctx: NodeContext, params: BaseModel, inputs: Mapping[str, Any]) -> BaseModel:
        """Run the function on validated inputs; raise OutputInvalid for a wrong result.

        An exception outside the class Exception (`sys.exit()`, a raised KeyboardInterrupt) becomes NodeExit.
        """
        try:
            result = (
                self.function(ctx, params, **inputs) if self.takes_params else self.function(ctx, **inputs)
            )
        except (Exception, Overrun):
            raise
        except BaseException as error:
            if is_stop_request(error):
                raise
            raise NodeExit(f"the node's code raised {type(error).__name__}", found=_said(error)) from error
        if result is None and self.outputs_model is NoOutputs:
            return _NO_OUTPUTS
        if not isinstance(result, self.outputs_model):
            raise OutputInvalid(
                f"node {self.name} returned the wrong type",
                expected=self.outputs_model.__name__,
                found=type(result).__name__,
            )
        if self.branches and typing.cast("Branch", result).branch not in self.branches:
            raise OutputInvalid(
                f"node {self.name} took a branch it does not have",
                expected=" or ".join(self.branches),
                found=repr(typing.cast("Branch", result).branch),
            )
        return result

    def parse_input(self, name: str, raw: Any) -> Any:
        """Parse the value of an input; raise InvalidInput with port, expected type and value."""
        port = self.inputs[name]
        try:
            value = port.adapter.validate_python(raw)
        except ValidationError as error:
            raise InvalidInput(
                f"input {name!r} of {self.name} does not fit",
                expected=port.type_name,
                found="; ".join(
                    f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in error.errors()[:5]
                ),
            ) from None
        if is_suspect(raw):
            _refuse_unbounded(value, f"input {name!r} of {self.name} does not fit")
        return value

    def dump_outputs(self, outputs: BaseModel) -> bytes:
        """Return the outputs as JSON: ports by their Python names, camelCase keys inside values."""
        if outputs is _NO_OUTPUTS:
            return b"{}"
        raw = {name: getattr(outputs, name) for name in self.outputs}
        what = f"an output of {self.name}"
        try:
            values = {
                name: self.outputs[name].adapter.dump_python(value, mode="json", by_alias=True)
                for name, value in raw.items()
            }
        except (ValueError, TypeError, RecursionError) as error:
            for name, value in raw.items():
                verify(value, name, what)
            raise refusal(what, "", f"{type(error).__name__}: {error}") from None
        return dump(values, raw, self._loose, what)

    @cached_property
    def _loose(self) -> tuple[str, ...]:
        return tuple(name for name, port in self.outputs.items() if port.loose)


_NO_OUTPUTS = NoOutputs()


def _refuse_unbounded(value: Any, message: str) -> None:
    found = find_unbounded(value)
    if found is not None:
        raise InvalidInput(message, expected=f"numbers up to 1e{MAX_MAGNITUDE}", found=found[:60])


def _said(error: BaseException) -> str | None:
    try:
        return str(error)[:200] or None
    except Exception:  # noqa: BLE001 - somebody else's __str__; the class name is in the message
        return None


def _is_loose(annotation: Any, seen: set[Any]) -> bool:
    """Return True if the type contains Any, including fields of models."""
    if annotation is Any or annotation is object or isinstance(annotation, TypeVar):
        return True
    if annotation in (dict, list, tuple, Mapping):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return False
        seen.add(annotation)
        return any(_is_loose(each.annotation, seen) for each in annotation.model_fields.values())
    return any(_is_loose(each, seen) for each in get_args(annotation))


def type_name(annotation: Any) -> str:
    """Return the readable name of a port type: `Decimal` → "decimal"."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return type_name(get_args(annotation)[0])
    if annotation is Any or annotation is inspect.Parameter.empty:
        return "any"
    if origin in (list, tuple, set, frozenset):
        inner = [a for a in get_args(annotation) if a is not Ellipsis]
        return f"list[{type_name(inner[0]) if inner else 'any'}]"
    if origin is dict or origin is Mapping or annotation is dict:
        return "object"
    if origin is Literal:
        return "string"
    args = get_args(annotation)
    if args:  # unions, Optional among them
        names = [type_name(a) for a in args if a is not type(None)]
        return names[0] if len(names) == 1 else "any"
    return _PLAIN.get(
        getattr(annotation, "__name__", str(annotation)), getattr(annotation, "__name__", "any")
    )


_PLAIN = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "Decimal": "decimal",
    "list": "list[any]",
    "object": "any",
}
_NUMBERS = frozenset({"integer", "number", "decimal"})


def compatible(source: str, target: str) -> bool:
    """Return True if a value of port type `source` may flow into `target`."""
    if source == target or "any" in (source, target):
        return True
    if source in _NUMBERS and target in _NUMBERS:
        return True
    if source.startswith("list[") and target.startswith("list["):
        return compatible(source[5:-1], target[5:-1])
    return False


def describe(
    function: Callable[..., Any],
) -> tuple[bool, type[BaseModel], dict[str, Port], type[BaseModel], dict[str, Port]]:
    """Read a node function's signature.

    Returns (takes params, params model, inputs, outputs model, outputs). Raises TypeError, at import, for a
    function that cannot be a node.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    names = list(inspect.signature(function).parameters.values())
    where = f"{function.__module__}.{function.__qualname__}"
    if not names:
        raise TypeError(f"{where}: a node takes (ctx, params, **inputs)")
    takes_params = len(names) > 1 and names[1].name == "params"
    params_model: type[BaseModel] = hints["params"] if takes_params else NoParams
    inputs: dict[str, Port] = {}
    for parameter in names[2 if takes_params else 1 :]:
        if parameter.name not in hints:
            raise TypeError(f"{where}: input {parameter.name!r} has no type")
        annotation = hints[parameter.name]
        marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
        many = MANY in marks
        has_default = parameter.default is not inspect.Parameter.empty
        element = get_args(get_args(annotation)[0])[0] if many else annotation
        inputs[parameter.name] = Port(
            name=parameter.name,
            annotation=annotation,
            type_name=type_name(element),
            required=not has_default and not many,
            many=many,
            default=parameter.default if has_default else ([] if many else None),
            binding=BINDING in marks,
        )
    outputs_model = hints.get("return", NoOutputs)
    if outputs_model is type(None):
        outputs_model = NoOutputs
    if not (isinstance(outputs_model, type) and issubclass(outputs_model, BaseModel)):
        raise TypeError(f"{where}: a node returns a pydantic model whose fields are its output ports")
    out_hints = typing.get_type_hints(outputs_model, include_extras=True)
    outputs = {
        name: Port(name=name, annotation=out_hints[name], type_name=type_name(out_hints[name]), required=True)
        for name in outputs_model.model_fields
    }
    return takes_params, params_model, inputs, outputs_model, outputs
