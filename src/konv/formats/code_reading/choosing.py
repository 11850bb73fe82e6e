"""Which of the models in the code is meant."""

from __future__ import annotations

from konv.errors import FormatError
from konv.formats.code_reading.run import Run
from konv.formats.code_reading.values import Chain, Function, Model
from konv.language import translate as _

__all__ = ["chosen_model"]

_SHOWN = 20


def chosen_model(run: Run, name: str | None = None) -> Model:
    """The model that the code is about.

    Args:
        run: the code, read to its end.
        name: the variable that holds it; None: the only one, or the only one that is trained, or
            what the only function makes, or the layer that stands alone.

    Raises:
        FormatError: K401, there is none; K410, there are several.
    """
    models = _whole(run)
    if name is not None:
        models = [model for model in models if name in (model.variable, model.name)]
    elif not models:
        models = _made_by_functions(run) or _of_loose_layers(run)
    trained = [model for model in models if model.settings]
    if len(models) > 1 and len(trained) == 1:
        models = trained
    if len(models) == 1:
        return models[0]
    if not models:
        for line, what in run.found.elsewhere:
            run.refuse(line, _("{what}: its layers do not follow from the code", what=what))
    run.check_refusals(
        _("a Sequential, or Model(inputs, outputs); or the file that was saved, if there is one")
    )
    if not models:
        raise FormatError(
            _("no Keras model is described in it"),
            code="K401",
            where=run.listing.source,
            fix=_("code with model = Sequential(…), Model(…), or a layer with its input_shape"),
        )
    for model in models[:_SHOWN]:
        run.refuse(model.line, _("one of {count} models", count=len(models)) + _called(model))
    run.check_refusals(_("say which: name={name}", name=repr(models[-1].variable or "model")))
    raise AssertionError("several models must have been refused")


def _whole(run: Run) -> list[Model]:
    """The models that are no part of another, and have something in them."""
    return [
        model
        for model in run.found.models
        if not model.inside and not (isinstance(model, Chain) and not model.parts)
    ]


def _made_by_functions(run: Run) -> list[Model]:
    """What the functions make that need no arguments: tutorials give them to others to call."""
    for function in run.found.functions:
        if _needs_nothing(function):
            value = run.follow(function, (), {}, function.node.lineno)
            if isinstance(value, Model):
                run.note(
                    function.node.lineno,
                    _("nothing calls {name}(): it was followed as it is", name=function.node.name),
                )
                value.variable = function.node.name
    return _whole(run)


def _needs_nothing(function: Function) -> bool:
    parameters = function.node.args
    needed = len(parameters.posonlyargs) + len(parameters.args) - len(parameters.defaults)
    return needed == 0 and None not in parameters.kw_defaults


def _of_loose_layers(run: Run) -> list[Model]:
    """A layer that stands alone, as texts show it."""
    return [Chain(made.line, parts=[made]) for made in run.found.loose]


def _called(model: Model) -> str:
    return f": {model.variable or model.name}" if model.variable or model.name else ""
