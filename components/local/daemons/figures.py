"""The text that Prometheus reads: figures with their names, labels and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@dataclass
class Figures:
    """Collects samples and writes them family by family, as the format asks."""

    _families: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, kind: str, text: str, value: float | int | None, labels: Mapping[str, str] = {}) -> None:
        """`kind`: "gauge" or "counter"; `text`: what it is. What is not known (None) is left out."""
        if value is None:
            return
        lines = self._families.setdefault(name, [f"# HELP {name} {text}", f"# TYPE {name} {kind}"])
        marks = ",".join(f'{key}="{_escape(one)}"' for key, one in labels.items())
        lines.append(f"{name}{{{marks}}} {float(value)!r}" if marks else f"{name} {float(value)!r}")

    def text(self) -> str:
        return "".join(f"{line}\n" for lines in self._families.values() for line in lines)
