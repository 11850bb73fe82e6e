"""Every safety number of konv, in one place.

A limit is not a taste: each bounds memory or time that hostile or mistaken input could claim.
Crossing one raises :class:`konv.errors.LimitError` (files, pictures) or
:class:`konv.errors.ParameterError` (a field of a layer), never an allocation.
"""

# Networks -----------------------------------------------------------------------------------------
MAX_SIDE = 16_384  # rows or columns of a map, of a kernel, of a padding
MAX_CHANNELS = 65_536  # channels of a map, filters of a convolution
MAX_UNITS = 1_048_576  # outputs of a dense layer
MAX_RANK = 3  # a picture is (height, width, channels)
MAX_LAYERS = 10_000
MAX_NAME_CHARACTERS = 120
MAX_ELEMENTS_PER_MAP = 2**28  # numbers in one feature map of one picture: 1 GiB in float32
MAX_PARAMETERS = 2**30  # numbers in all weights of a network: 4 GiB in float32

# Network files (YAML, JSON) -----------------------------------------------------------------------
MAX_NETWORK_FILE_BYTES = 4 * 2**20
MAX_NETWORK_FILE_DEPTH = 16

# Model files --------------------------------------------------------------------------------------
MAX_MODEL_HEADER_BYTES = 16 * 2**20
MAX_MODEL_FILE_BYTES = 8 * 2**30
MAX_CLASSES = MAX_UNITS

# Pictures -----------------------------------------------------------------------------------------
MAX_PICTURE_PIXELS = 64 * 10**6
MAX_PICTURE_SIDE_PX = 16_384
MAX_PICTURE_FILE_BYTES = 32 * 10**6
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")

# Data sets ----------------------------------------------------------------------------------------
MAX_DATASET_BYTES = 64 * 2**30  # decoded pixels of one split
MAX_PICTURES = 50_000_000

# Training -----------------------------------------------------------------------------------------
MAX_BATCH_SIZE = 65_536
MAX_EPOCHS = 1_000_000
MAX_THREADS = 1_024
