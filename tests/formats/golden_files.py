"""What the golden files say. As a program, adds those that are missing; see golden/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from formats.example_models import EXAMPLES
from konv.formats import ModelContents, model_bytes
from konv.parameters import Checked

GOLDEN = Path(__file__).parent / "golden"
FORM = 1


def meaning(contents: ModelContents) -> dict[str, Any]:
    """All that a model file says beside its weights, with every field of every layer."""
    preprocessing = contents.preprocessing
    said = {
        "name": contents.network.name,
        "layers": {
            node.name: {
                "kind": type(node.layer).__name__,
                "inputs": node.inputs,
                "weights_of": node.weights_of,
                "output_shape": node.output_shape,
                "fields": every_field(node.layer),
            }
            for node in contents.network.nodes
        },
        "weights": {name: array.shape for name, array in contents.weights.items()},
        "classes": contents.class_names,
        "preprocessing": None if preprocessing is None else every_field(preprocessing),
        "record": contents.record,
    }
    plain: dict[str, Any] = json.loads(json.dumps(said))
    return plain


def every_field(checked: Checked) -> dict[str, Any]:
    return {
        name: constraint.plain(getattr(checked, name))
        for name, constraint in checked.constraints().items()
    }


def add_missing() -> None:
    known = {path.read_bytes() for path in GOLDEN.glob("*.konv")}
    for name, example in EXAMPLES.items():
        content = model_bytes(example())
        if content in known:
            continue
        taken = len(list(GOLDEN.glob(f"v{FORM}-{name}*.konv")))
        path = GOLDEN / f"v{FORM}-{name}{f'-{taken + 1}' if taken else ''}.konv"
        path.write_bytes(content)
        text = json.dumps(meaning(example()), indent=1, ensure_ascii=False)
        path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
        print(f"added {path}")


if __name__ == "__main__":
    add_missing()
