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
MAX_COEFFICIENT = 1_000_000  # slopes and bounds of activations
MAX_LAYERS = 10_000
MAX_NAME_CHARACTERS = 120
MAX_ELEMENTS_PER_MAP = 2**28  # numbers in one feature map of one picture: 1 GiB in float32
MAX_PARAMETERS = 2**30  # numbers in all weights of a network: 4 GiB in float32
MAX_DRAWN_LAYERS = 1_000  # in one picture; as text a network of any length is drawn
MAX_DRAWN_LINES = 20_000  # from level to level of one picture
MAX_SLID_SIDE = 80  # of a matrix with its padding, over which a window is shown step by step
MAX_OCCLUSIONS = 2**16  # predictions for one heat map

# Network files (YAML, JSON) -----------------------------------------------------------------------
MAX_NETWORK_FILE_BYTES = 4 * 2**20
MAX_NETWORK_FILE_DEPTH = 16
MAX_NETWORK_FILE_VALUES = 200_000  # keys, texts, numbers, lists in one file

# Model files --------------------------------------------------------------------------------------
# Python needs up to 240 bytes for a value of JSON and 4 for a character: these two bounds keep what
# a header of any content can claim under 64 MB.
MAX_MODEL_HEADER_BYTES = 4 * 2**20
MAX_MODEL_HEADER_VALUES = 150_000
MAX_MODEL_HEADER_DEPTH = 16
MAX_RECORD_BYTES = 2**20  # of the training record in a model file, as JSON
MAX_MODEL_FILE_BYTES = 8 * 2**30
MAX_WEIGHTS_IN_C = 2**24  # 200 MB of text, for which compilers take some GB
MAX_MEMORY_IN_C = 2**28  # numbers between layers: 1 GiB, which static memory still holds
MAX_CLASSES = 100_000  # their names fit the header of a model file

# Keras's files ------------------------------------------------------------------------------------
MAX_KERAS_CONFIG_DEPTH = 64  # a model inside of a model takes four levels
MAX_KERAS_MODELS_DEPTH = 8  # models inside of each other
MAX_KERAS_MEMBERS = 1_000  # files in the archive
MAX_KERAS_REFUSALS = 1_000  # things that are not supported: more are not looked for

# Code of other tools, which is read and never run -------------------------------------------------
MAX_NOTEBOOK_BYTES = 8 * 2**20  # it holds pictures as text
MAX_CODE_BYTES = 512 * 2**10
MAX_CODE_WORDS = 30_000  # Python needs up to 1.7 kB for the tree of one
MAX_CODE_DEPTH = 100  # expressions within expressions, and functions that are followed
MAX_CODE_STEPS = 100_000  # statements, expressions, and items of lists that are made
MAX_CODE_ITEMS = 10_000  # of one list; characters of one text that is put together
MAX_CODE_NUMBER_BITS = 256

# ONNX files ---------------------------------------------------------------------------------------
MAX_ONNX_FILE_BYTES = 2**31 - 1  # the most that programs for Protocol Buffers read
MAX_ONNX_VALUES = 400_000  # fields and numbers that are no weights: some 4,000 convolutions
FREE_ONNX_NUMBERS = 2**22  # that a file may have made of its arrays beyond those that it holds
MAX_ONNX_REPEATS = 2**28  # numbers of arrays that several operations share, each time counted
MAX_ONNX_PACKED = 2**20  # whole numbers of one array that are packed one by one

# Pictures -----------------------------------------------------------------------------------------
MAX_PICTURE_PIXELS = 64 * 10**6
MAX_PICTURE_SIDE_PX = 16_384
MAX_PICTURE_FILE_BYTES = 32 * 10**6
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")

# Data sets ----------------------------------------------------------------------------------------
MAX_DATASET_BYTES = 64 * 2**30  # decoded pixels of one split
MAX_PICTURES = 50_000_000
MAX_EXPANSION = 100  # a packed file grows to at most so many times its size,
FREE_EXPANSION_BYTES = 64 * 2**20  # or to this, if that is more
MAX_XZ_MEMORY_BYTES = 128 * 2**20  # the dictionary that an .xz file may ask for
MAX_NAMES_FILE_BYTES = 2**20
MAX_ARCHIVE_INDEX_BYTES = 2**20  # the list of members in an .npz file
MAX_ARRAY_HEADER_CHARACTERS = 1_000  # of one member of an .npz file
MAX_CACHE_BYTES = 16 * 2**30  # decoded pictures that are kept for the next run
MAX_CODE_CACHE_BYTES = 256 * 2**20  # machine code that is kept for the next run
MAX_DECODING_THREADS = 16  # each may hold a picture of MAX_PICTURE_PIXELS

# Training -----------------------------------------------------------------------------------------
MAX_BATCH_SIZE = 65_536
MAX_EPOCHS = 1_000_000
MAX_THREADS = 1_024
MAX_CONFUSION_CLASSES = 4_096  # a table of 128 MiB
