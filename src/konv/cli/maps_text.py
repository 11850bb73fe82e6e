"""What ``konv maps`` says: the range of each layer's numbers, and what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from konv.explain.maps import Findings
from konv.language import translate as _
from konv.language.tables import WIDTH, printable, shortened_inside, table, wrapped
from konv.maps.heat import GradCam, HeatMap, Occlusion
from konv.maps.most_activating import MostActivating

__all__ = ["facts_of", "text_of"]

_NAME_WIDTH = 26
_SHOWN_CHANNELS = 5
_SHOWN_PICTURES = 3


def facts_of(findings: Findings, files: Sequence[Path]) -> dict[str, Any]:
    """Everything as data, but the maps themselves."""
    facts: dict[str, Any] = {"network": findings.model.network.name, "files": list(files)}
    if findings.maps is not None:
        facts["maps"] = [maps.facts() for maps in findings.maps]
    if findings.filters:
        facts["filters"] = [node.name for node in findings.filters]
    if findings.heats:
        facts["heat"] = [heat.to_dict() for heat in findings.heats]
    if findings.most is not None:
        facts["most_activating"] = findings.most.to_dict()
        if findings.image_names:
            facts["most_activating"]["names"] = [
                [findings.image_name(index) for index in row]
                for row in findings.most.pictures.tolist()
            ]
    return facts


def text_of(findings: Findings, files: Sequence[Path]) -> str:
    """The same for a person, in 80 columns."""
    parts = []
    if findings.maps is not None:
        parts.append("\n".join(_maps_table(findings)))
    parts += ["\n".join(wrapped(_heat_text(heat), WIDTH)) for heat in findings.heats]
    if findings.most is not None:
        parts.append("\n".join(_most_lines(findings, findings.most)))
    parts.append("\n".join(wrapped(_written_text(files), WIDTH)))
    return "\n\n".join(parts)


def _maps_table(findings: Findings) -> list[str]:
    assert findings.maps is not None
    heads = [_("layer"), _("shape"), _("least"), _("mean"), _("largest"), _("all 0")]
    rows = [heads]
    for maps in findings.maps:
        facts = maps.facts()
        rows.append(
            [
                shortened_inside(printable(maps.layer), _NAME_WIDTH),
                "×".join(map(str, facts["shape"])),
                *(f"{facts[name] + 0.0:.4g}" for name in ("least", "mean", "largest")),
                f"{maps.zero_everywhere:,}",
            ]
        )
    return table(rows)


def _heat_text(heat: HeatMap) -> str:
    label = printable(str(heat.label))
    share = f"{heat.score:.1%}" if heat.unit == "probability" else f"{heat.score:.4g}"
    row, column = heat.strongest
    words = {"label": label, "share": share, "row": row, "column": column}
    if isinstance(heat, GradCam):
        if not heat.values.any():
            return _(
                "Grad-CAM of {layer}: no place speaks for {label} ({share}).",
                layer=printable(heat.layer),
                **words,
            )
        return _(
            "Grad-CAM of {layer}: what speaks for {label} ({share}) is strongest at row {row}, "
            "column {column} of the picture.",
            layer=printable(heat.layer),
            **words,
        )
    assert isinstance(heat, Occlusion)
    height, width = heat.patch
    words |= {
        "patch": f"{height}×{width}",
        "stride": heat.stride,
        "count": f"{heat.predictions:,}",
        "drop": f"{float(heat.values.max()):.4g}",
    }
    return _(
        "Occlusion: a patch of {patch} with stride {stride}, {count} predictions. {label} "
        "({share}) loses at most {drop}, around row {row}, column {column} of the picture.",
        **words,
    )


def _most_lines(findings: Findings, found: MostActivating) -> Iterator[str]:
    yield from wrapped(
        _(
            "What the {count} channels of {layer} answer to most, of {pictures} pictures:",
            count=f"{found.channels:,}",
            layer=printable(found.layer),
            pictures=f"{found.seen:,}",
        ),
        WIDTH,
    )
    for channel in range(min(found.channels, _SHOWN_CHANNELS)):
        best = found.pictures[channel, :_SHOWN_PICTURES].tolist()
        names = ", ".join(printable(findings.image_name(index)) for index in best)
        more = ", …" if found.pictures.shape[1] > _SHOWN_PICTURES else ""
        line = _("channel {channel}: pictures {pictures}", channel=channel, pictures=names + more)
        yield from wrapped(f"  {line}", WIDTH, "    ")
    if found.channels > _SHOWN_CHANNELS:
        yield "  …"


def _written_text(files: Sequence[Path]) -> str:
    if len(files) == 1:
        return _("written: {path}", path=printable(str(files[0])))
    folder = printable(str(files[0].parent))
    return _("written: {count} figures in {folder}", count=len(files), folder=folder)
