"""Who may import whom: from the top of the house to the ground, never up, never in a circle."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "konv"

# From the roof to the ground. Rooms of one floor do not import each other.
FLOORS = (
    {"__main__"},
    {"cli", "server", "studio"},
    {"explain", "sklearn", "torch_import"},
    {"model"},
    {"understanding", "exporting"},
    {"training", "design", "maps"},
    {"formats", "values"},
    {"data", "engines"},
    {"network"},
    {"layers", "losses", "optimizers"},
    {"kinds"},
    {"parameters", "files", "html_page"},
    {"constraints", "errors"},
    {"alignment", "codes", "language", "limits", "version"},
)
# The same within the compiler: from what runs to the words that code is written in.
COMPILER_FLOORS = ("forecast", "runtime", "jit", "plan", "kernels", "emit")
# Files whose classes are PyTorch's: they cannot do without it.
IN_PYTORCH = {
    "konv.formats.pytorch.network_module",
    "konv.formats.pytorch.reading.own",
    "konv.formats.pytorch.reading.tracing",
}
COMPILER = SOURCE / "engines" / "compiled"
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(SOURCE.rglob("*.py"))


def room_of(path):
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def module_of(path):
    parts = ["konv", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path, *, at_import_time=False):
    """Every konv module that a file imports, wherever in the file the import stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = top_level(tree) if at_import_time else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "konv")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("konv"):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in MODULES else node.module


def top_level(tree):
    """The statements that run when the file is imported: not in functions, not for types only."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


MODULES = {module_of(path): path for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_imports_only_rooms_below_its_own(path):
    room = room_of(path)
    if room == "__init__":
        return
    assert room in FLOOR_OF, f"{room} has no floor yet: give it one in FLOORS"
    for module in imported_modules(path):
        other = module.split(".")[1] if "." in module else "__init__"
        assert other != "__init__", f"{path} imports the face of the package"
        if other != room:
            assert FLOOR_OF[other] > FLOOR_OF[room], f"{path.name}: {room} imports {other}"


@pytest.mark.parametrize("room", COMPILER_FLOORS)
def test_a_room_of_the_compiler_imports_only_rooms_below_it(room):
    above = COMPILER_FLOORS[: COMPILER_FLOORS.index(room)]
    for path in (COMPILER / room).rglob("*.py"):
        rooms = {module.split(".")[3] for module in imported_modules(path) if in_compiler(module)}
        assert not rooms & {*above}, path.name


def in_compiler(module):
    return module.startswith("konv.engines.compiled.")


def test_no_files_import_each_other_in_a_circle():
    arrows = {
        name: {module for module in imported_modules(path, at_import_time=True) if module != name}
        for name, path in MODULES.items()
    }
    done: set[str] = set()
    while ready := {name for name, needs in arrows.items() if name not in done and needs <= done}:
        done |= ready
    assert sorted(set(arrows) - done) == []


def test_heavy_packages_are_imported_where_they_are_used():
    heavy = {"sklearn", "scipy", "matplotlib", "PIL", "rich", "safetensors", "threadpoolctl"}
    heavy |= {"torch", "onnx", "onnxruntime", "h5py", "keras"}
    for path in FILES:
        nodes = [*top_level(ast.parse(path.read_text(encoding="utf-8")))]
        found = {name.split(".")[0] for name in imported_names(nodes)} & heavy
        allowed = {"torch"} if module_of(path) in IN_PYTORCH else set()
        if room_of(path) == "sklearn":  # an estimator is made of scikit-learn's classes
            allowed = {"sklearn"}
        assert not found - allowed, f"{path.relative_to(SOURCE)} imports {found} at the top"


def test_files_written_in_pytorch_are_imported_where_they_are_used():
    for name, path in MODULES.items():
        if name not in IN_PYTORCH:
            assert not IN_PYTORCH & {*imported_modules(path, at_import_time=True)}, name


def imported_names(nodes):
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
