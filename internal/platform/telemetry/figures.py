"""What a service counts itself and wants shown beside the platform's own figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Figure"]


@dataclass(frozen=True)
class Figure:
    """`aisle_<name>`; `read` is called at each scrape, so it must not wait."""

    name: str
    about: str
    read: Callable[[], float]
    kind: Literal["counter", "gauge"] = "counter"
    labels: Mapping[str, str] = field(default_factory=dict)
