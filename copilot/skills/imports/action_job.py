"""What the steps of a GitHub Actions job share."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Job:
    """What the steps of a job share."""

    env: dict[str, str] = field(default_factory=dict)
    shell: str = ""
    folder: str = ""
    image: str = ""
    matrix: tuple[str, ...] = ()
    prefix: str = ""
    """What the ids of its steps begin with, so that no two jobs share one."""
