"""The words of Keras that mean something here: classes, functions, what leaves a model alone."""

from __future__ import annotations

__all__ = [
    "HARMLESS_FUNCTIONS",
    "HARMLESS_METHODS",
    "KERAS_CLASSES",
    "MERGING_FUNCTIONS",
    "implied_name",
    "words_of",
]


def words_of(text: str) -> frozenset[str]:
    """The words of a text.

    Example:
        >>> sorted(words_of("b a"))
        ['a', 'b']
    """
    return frozenset(text.split())


# The layers that listings name without importing them, as snippets in a text do.
KERAS_CLASSES = words_of(
    """
    Activation ActivityRegularization Add AlphaDropout AtrousConv2D AtrousConvolution2D
    Average AveragePooling1D AveragePooling2D AvgPool2D BatchNormalization Bidirectional
    CategoryEncoding CenterCrop Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Convolution1D
    Convolution2D Convolution2DTranspose Convolution3D Cropping2D Deconvolution2D Dense
    DepthwiseConv2D DepthwiseConvolution2D Dot Dropout ELU Embedding Flatten GRU
    GaussianDropout GaussianNoise GlobalAveragePooling2D GlobalAvgPool2D GlobalMaxPool2D
    GlobalMaxPooling2D GroupNormalization Highway Input InputLayer LSTM Lambda
    LayerNormalization LeakyReLU LocallyConnected2D Masking MaxPool2D MaxPooling1D
    MaxPooling2D MaxoutDense Maximum Merge Minimum Model Multiply MultiHeadAttention
    Normalization PReLU ParametricSoftplus Permute RandomContrast RandomFlip RandomRotation
    RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SReLU
    SeparableConv2D SeparableConvolution2D Sequential SimpleRNN Softmax SpatialDropout2D
    Subtract ThresholdedReLU TimeDistributed UnitNormalization UpSampling2D ZeroPadding2D
    ZeroPadding3D
    """
)
# Functions that merge tensors -> the layer that does the same.
MERGING_FUNCTIONS = {
    "add": "Add",
    "average": "Average",
    "concatenate": "Concatenate",
    "dot": "Dot",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "multiply": "Multiply",
    "subtract": "Subtract",
}
# Methods of a model that read it, train it, or save it, and leave its layers as they are.
HARMLESS_METHODS = words_of(
    """
    compile count_params evaluate evaluate_generator export fit fit_generator get_config
    get_metrics_result get_weights load_weights predict predict_classes predict_generator
    predict_on_batch predict_proba reset_metrics reset_states save save_weights set_weights
    state_updates summary test_on_batch to_json to_yaml train_on_batch
    """
)
# Functions that only look at a model.
HARMLESS_FUNCTIONS = words_of(
    """
    SVG KerasClassifier KerasRegressor display dump dumps enumerate history id isinstance len
    model_to_dot plot plot_history plot_model print repr save_model str summary type
    visualize_model to_graph
    """
)
_MODULES = {
    "K": "keras.backend",
    "activations": "keras.activations",
    **{
        name: f"keras.datasets.{name}" for name in ("mnist", "fashion_mnist", "cifar10", "cifar100")
    },
    "initializers": "keras.initializers",
    "keras": "keras",
    "layers": "keras.layers",
    "losses": "keras.losses",
    "cifar100": "keras.datasets.cifar100",
    "np_utils": "keras.utils.np_utils",
    "models": "keras.models",
    "np": "numpy",
    "optimizers": "keras.optimizers",
    "regularizers": "keras.regularizers",
    "tf": "tensorflow",
    "tensorflow": "tensorflow",
}
_FUNCTIONS = {
    "l1": "keras.regularizers.l1",
    "l2": "keras.regularizers.l2",
    "maxnorm": "keras.constraints.maxnorm",
    "to_categorical": "keras.utils.to_categorical",
    "merge": "keras.layers.merge",
    **{name: f"keras.layers.{name}" for name in MERGING_FUNCTIONS},
}
_BUILTINS = words_of(
    """
    abs bool dict enumerate float int isinstance len list max min open print range repr
    reversed round sorted str sum super tuple type xrange zip id
    """
)


def implied_name(name: str) -> str | None:
    """What a name that nothing defines stands for: listings leave out what everybody knows.

    Example:
        >>> implied_name("Conv2D"), implied_name("K"), implied_name("len"), implied_name("images")
        ('keras.layers.Conv2D', 'keras.backend', 'len', None)
    """
    if name in KERAS_CLASSES:
        return f"keras.layers.{name}"
    if name in _BUILTINS:
        return name
    return _MODULES.get(name) or _FUNCTIONS.get(name)
