"""Pushing an image."""

from __future__ import annotations

from typing import Any

from engine.plugin import RunContext
from engine.plugins.scripts.runner.docker._login import Access, login


def push(ctx: RunContext, client: Any, access: Access, image: str) -> None:
    """Push an image and log how it goes; raises what the client raises."""
    from engine.plugins.scripts.runner.docker._client import follow, name_and_tag

    ctx.debug(f"Pushing the image {image}")
    name, tag = name_and_tag(image)
    follow(ctx, client.api.push(name, tag=tag, stream=True, decode=True, auth_config=login(access, image)))
