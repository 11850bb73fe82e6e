"""From models as they were found in the code to a network of konv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from konv.errors import FormatError, KonvError, LimitError, ParameterError
from konv.formats.code_reading.binding import bind, class_of
from konv.formats.code_reading.ordering import find_order
from konv.formats.code_reading.run import Run
from konv.formats.code_reading.shapes import declared_shape
from konv.formats.code_reading.values import Chain, Graph, Made, Model, Tensor, Unknown
from konv.formats.code_reading.versions import Dialect
from konv.formats.exchange.imported import Note
from konv.formats.keras.arguments import konv_name
from konv.formats.keras.layers import translated
from konv.language import translate as _
from konv.layers import Input, Layer, Shape, SymbolicTensor
from konv.limits import MAX_LAYERS
from konv.network.graph import Network, functional

__all__ = ["network_of"]

_INPUTS = ("Input", "InputLayer")
_MAX_NESTED_MODELS = 20


def network_of(model: Model, run: Run, dialect: Dialect) -> Network:
    """The network that a model is.

    Raises:
        FormatError: K410, it holds what konv does not have, or what is not known.
        LimitError: K604, models within models make too many layers.
        KonvError: its layers do not fit; with the line.
    """
    return _Builder(run, dialect).network(model)


class _Builder:
    def __init__(self, run: Run, dialect: Dialect) -> None:
        self._run = run
        self._dialect = dialect
        # A call of Keras -> the layers it became: one that is used again shares its weights.
        self._layers: dict[int, tuple[Layer, ...]] = {}
        self._configs: dict[int, tuple[str, dict[str, Any]] | None] = {}
        self._applied = 0
        self._nested = 0

    def network(self, model: Model) -> Network:
        parts = [*self._reached(model)]
        for made in parts:
            self._configs[id(made)] = bind(made, self._dialect, self._run)
        known = [(made, found[1]) for made in parts if (found := self._configs[id(made)])]
        shape, line = self._input_shape(model)
        self._order = find_order(self._run, self._dialect, shape, known)
        self._run.found.turned = self._order.turned
        start = None if shape is None else self._input(model, shape, line)
        outputs = self._apply(model, [None if start is None else start.tensor])
        self._run.check_refusals(_("write a constant, or leave out what is no part of the network"))
        if start is None or outputs is None:
            raise self._nothing(model)
        name = konv_name(model.name) if model.name else Network.name
        return functional(start, outputs, name=name)

    # Walking --------------------------------------------------------------------------------------

    def _reached(self, model: Model) -> Iterator[Made]:
        """Every layer that the model uses, once, in the order of use."""
        seen: set[int] = set()
        waiting: list[Any] = [model]
        while waiting:
            part = waiting.pop()
            if id(part) in seen or isinstance(part, Unknown):
                continue
            seen.add(id(part))
            if isinstance(part, Chain):
                waiting.extend(reversed(part.parts))
            elif isinstance(part, Graph):
                waiting.append(part.outputs)
            elif isinstance(part, Tensor):
                waiting.append(part.made)
                waiting.extend(part.inputs)
            elif isinstance(part, Made) and part.kind == "model":
                waiting.append(part.args[0])
            elif isinstance(part, Made):
                yield part
            elif isinstance(part, (list, tuple)):
                waiting.extend(part)

    def _input(self, model: Model, shape: Shape, line: int) -> Input | None:
        """The Input of a shape as it is written; None, and a refusal, if there can be none."""
        try:
            return Input(
                shape=self._order.shape(shape, line, self._run), name=self._input_name(model)
            )
        except ParameterError as error:
            self._run.refuse(line, f"{error.what}; {error.fix}")
            return None

    def _input_name(self, model: Model) -> str | None:
        """The name that the code gives to an Input."""
        names = (
            config.get("name")
            for made in self._reached(model)
            if made.kind in _INPUTS and (found := self._configs[id(made)]) is not None
            for config in [found[1]]
        )
        return next((konv_name(name) for name in names if isinstance(name, str)), None)

    def _input_shape(self, model: Model) -> tuple[tuple[int, ...] | None, int]:
        """The shape of one picture as it is written, and its line."""
        first: Any = model
        for _level in range(_MAX_NESTED_MODELS):
            if isinstance(first, Chain):
                if first.shape is not None and isinstance(first.shape, (list, tuple)):
                    return declared_shape({"batch_shape": first.shape}, first.line, self._run)
                first = first.parts[0] if first.parts else None
            elif isinstance(first, Graph):
                ends = first.inputs if isinstance(first.inputs, (list, tuple)) else [first.inputs]
                if len(ends) > 1:
                    self._run.refuse(model.line, _("a network with several inputs"))
                    return None, model.line
                first = ends[0] if ends else None
            elif isinstance(first, Tensor):
                first = first.made
            else:
                break
        if isinstance(first, Made) and (found := self._configs.get(id(first))) is not None:
            return declared_shape(found[1], first.line, self._run)
        if not self._run.refused:
            self._run.refuse(model.line, _("no input_shape is given"))
        return None, model.line

    # Connecting -----------------------------------------------------------------------------------

    def _apply(self, model: Model, inputs: list[SymbolicTensor | None]) -> SymbolicTensor | None:
        self._count()
        self._nested += 1
        if self._nested > _MAX_NESTED_MODELS:
            raise self._too_much()
        try:
            if isinstance(model, Chain):
                return self._apply_chain(model, inputs)
            assert isinstance(model, Graph)
            return self._apply_graph(model, inputs)
        finally:
            self._nested -= 1

    def _apply_chain(
        self, chain: Chain, inputs: list[SymbolicTensor | None]
    ) -> SymbolicTensor | None:
        if len(inputs) != 1:
            self._run.refuse(chain.line, _("a network with several inputs"))
        tensor = inputs[0] if len(inputs) == 1 else None
        for part in chain.parts:
            if isinstance(part, Model):
                tensor = self._apply(part, [tensor])
            elif isinstance(part, Made):
                tensor = self._connected(part, [tensor])
            else:
                self._refuse_part(part, chain.line)
                tensor = None
        return tensor

    def _apply_graph(
        self, graph: Graph, inputs: list[SymbolicTensor | None]
    ) -> SymbolicTensor | None:
        given = graph.inputs if isinstance(graph.inputs, (list, tuple)) else [graph.inputs]
        outputs = graph.outputs if isinstance(graph.outputs, (list, tuple)) else [graph.outputs]
        if len(outputs) != 1 or len(given) != len(inputs):
            self._run.refuse(graph.line, _("a network with several inputs or outputs"))
            return None
        made = {id(end): tensor for end, tensor in zip(given, inputs, strict=True)}
        for tensor in _in_order(outputs[0]):
            if id(tensor) not in made:
                made[id(tensor)] = self._made_by(tensor, made, graph.line)
        return made.get(id(outputs[0]))

    def _made_by(
        self, tensor: Any, made: Mapping[int, SymbolicTensor | None], line: int
    ) -> SymbolicTensor | None:
        if not isinstance(tensor, Tensor) or not isinstance(tensor.made, Made):
            self._refuse_part(tensor, line)
            return None
        inputs = [made[id(item)] for item in tensor.inputs]
        if tensor.made.kind == "model":
            return self._apply(tensor.made.args[0], inputs)
        if tensor.made.kind in _INPUTS:
            self._run.refuse(tensor.made.line, _("a second Input, or one that is no input of it"))
            return None
        return self._connected(tensor.made, inputs)

    def _connected(self, made: Made, inputs: list[SymbolicTensor | None]) -> SymbolicTensor | None:
        """What a layer makes; None if it, or something before it, is refused."""
        self._count()
        if class_of(made) in _INPUTS:
            return inputs[0]
        first = inputs[0] if inputs else None
        layers = self._layers_of(made, first)
        if not layers or any(tensor is None for tensor in inputs):
            return None
        try:
            tensor = layers[0](*inputs)
            for layer in layers[1:]:
                tensor = layer(tensor)
        except KonvError as error:
            where = self._run.listing.located(made.line)
            raise error.located(", ".join(filter(None, (where, error.where)))) from None
        return tensor

    def _layers_of(self, made: Made, first: SymbolicTensor | None) -> tuple[Layer, ...]:
        if id(made) in self._layers:
            return self._layers[id(made)]
        found = self._configs.get(id(made))
        if found is None:
            return ()
        kind, config = found
        if kind in ("Reshape", "Permute") and first is None:
            return ()  # whether it can be done depends on what is refused already
        rank = 0 if first is None else len(first.shape)
        config = self._order.config(kind, config, rank, made.line, self._run)
        full = config.get("padding") == "full"
        if full:
            config["padding"] = "valid"
        notes: list[Note] = []
        layers = translated(
            kind,
            config,
            self._run.place(made.line),
            notes,
            self._run.refused,
            input_shape=None if first is None else first.shape,
        )
        for note in notes:
            self._run.note(made.line, note.text)
        if full and layers:
            layers = (_with_full_padding(layers[0]), *layers[1:])
        self._layers[id(made)] = layers
        return layers

    def _refuse_part(self, part: Any, line: int) -> None:
        if isinstance(part, Unknown):
            self._run.refuse(part.line or line, _("{code}: not known", code=part.text))
        else:
            self._run.refuse(line, _("{kind} is no layer", kind=type(part).__name__))

    def _count(self) -> None:
        self._applied += 1
        if self._applied > MAX_LAYERS:
            raise self._too_much()

    def _nothing(self, model: Model) -> FormatError:
        return FormatError(
            _("no network leads from the input of the model to its output"),
            code="K401",
            where=self._run.listing.located(model.line),
            fix=_("a Sequential, or Model(inputs, outputs)"),
        )

    def _too_much(self) -> LimitError:
        return LimitError(
            _("models within models make more than {most} layers", most=f"{MAX_LAYERS:,}"),
            code="K604",
            where=self._run.listing.source,
            fix=_("a smaller network"),
        )


def _with_full_padding(layer: Layer) -> Layer:
    """Keras 1's border_mode="full" was Theano's; konv has it, too."""
    return type(layer).from_config({**layer.to_config(), "padding": "full"})


def _in_order(end: Any) -> list[Any]:
    """What a tensor is made of, each after its inputs."""
    ordered: dict[int, Any] = {}
    waiting: list[tuple[Any, bool]] = [(end, False)]
    while waiting:
        tensor, ready = waiting.pop()
        if id(tensor) in ordered:
            continue
        if ready or not isinstance(tensor, Tensor):
            ordered[id(tensor)] = tensor
            continue
        waiting.append((tensor, True))
        waiting.extend((item, False) for item in reversed(tensor.inputs))
    return list(ordered.values())
