"""Every error code with its title. A code is stable: it is never reused for another meaning."""

from types import MappingProxyType

CODES = MappingProxyType(
    {
        # K1xx: shapes
        "K101": "a layer takes another number of inputs",
        "K102": "a layer takes a map of another rank",
        "K103": "the channels cannot be divided into these groups",
        "K104": "a kernel does not fit its input",
        "K105": "padding as wide as the pool leaves windows that hold no pixel",
        "K106": "inputs that are merged have different shapes",
        "K107": "an axis does not exist",
        "K108": "a map or a weight would be too large",
        "K109": "no windows make this size of that",
        # K2xx: parameters
        "K201": "a value is outside what a field can hold",
        "K202": "a field does not exist",
        "K203": "a field is missing",
        "K204": "too many positional values",
        "K205": "two fields contradict each other",
        "K206": "a field is given twice",
        # K3xx: networks
        "K301": "a network does not begin with an Input",
        "K302": "a network has no layers, or no path from its input to its output",
        "K303": "two layers have the same name",
        "K304": "something that is not a layer stands where a layer must",
        "K305": "a layer of that name does not exist",
        "K306": "shared weights are used with inputs of different shapes",
        "K307": "a network has more than one input or output",
        "K308": "a network cannot be adapted",
        "K309": "a network of that name does not exist",
        "K310": "a network has no layer of the kind that is needed",
        "K311": "a layer or a weight has no such place",
        "K312": "no network keeps to all limits",
        # K4xx: files
        "K401": "a file is not well-formed",
        "K402": "a file holds a field that does not belong there, or lacks one that does",
        "K403": "a file was written by a newer version of konv",
        "K404": "a file cannot be read",
        "K405": "a file cannot be written",
        "K406": "a file holds weights that do not belong to its network",
        "K407": "a file holds numbers that are not finite",
        "K408": "a file names a layer that does not exist",
        "K409": "a network holds a layer that no file can name",
        "K410": "another tool's model holds what konv does not have",
        "K411": "a network holds what another tool's format does not have",
        "K412": "a format needs a package that is not installed",
        "K413": "an export does not give what the model gives",
        # K5xx: data
        "K501": "no pictures where pictures were expected",
        "K502": "a picture cannot be decoded",
        "K503": "pictures and labels do not belong together",
        "K504": "pictures have a shape that the network does not take",
        "K505": "labels do not suit the network",
        "K506": "a split cannot be made",
        "K507": "a data set is not well-formed",
        "K508": "pictures cannot be augmented",
        # K6xx: limits
        "K601": "a picture is too large",
        "K602": "a file is too large",
        "K603": "a data set is too large",
        "K604": "the description inside a file is too large",
        "K605": "there is not enough memory",
        "K606": "a network is too large to be drawn",
        # K7xx: engines
        "K701": "an engine of that name does not exist",
        "K702": "weights do not belong to the network",
        "K703": "a program cannot do what is asked",
        "K704": "the processor does not have an instruction set",
        "K705": "arrays do not suit a program",
        "K706": "an engine or a processor does not multiply bfloat16",
        # K8xx: training
        "K801": "a loss does not suit the network's output",
        "K802": "the loss is not a number",
        "K803": "a run cannot be resumed",
        "K804": "a run folder is in use or holds another run",
        "K805": "nothing to train",
        "K806": "a callback watches what is not measured",
        # K9xx: the command line
        "K901": "a command is not used correctly",
        "K902": "the system refuses what a command needs",
    }
)
