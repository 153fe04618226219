"""Make an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from copilot.plugins.ai._conversation import measure_tokens
from copilot.plugins.ai._message import Finish
from copilot.plugins.ai._output import TokenUsage
from copilot.plugins.ai._provider import ModelProvider
from engine.errors import TaskFailure
from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ImageGenerationOutput(Output):
    """Outputs of `ImageGeneration`."""

    image_url: str
    """Address of the image: the provider's, or `kestra:///` when it sent the image itself."""

    token_usage: TokenUsage | None = None
    """Tokens that were used, if the provider says so."""

    finish_reason: Finish | None = None
    """STOP: the image was made."""


class ImageGeneration(Task):
    """Make an image after a description.

    Fails when the provider cannot be used or makes no images.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.langchain4j.completion.ImageGeneration",
        "io.kestra.plugin.langchain4j.ImageGeneration",
    )
    gives: ClassVar[type[Output]] = ImageGenerationOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "A picture of a taxi",
            """\
id: picture
namespace: company.team
tasks:
  - id: draw
    type: io.kestra.plugin.ai.completion.ImageGeneration
    provider:
      type: io.kestra.plugin.ai.provider.OpenAI
      modelName: gpt-image-1
      apiKey: "{{ secret('OPENAI_API_KEY') }}"
    prompt: A yellow taxi in the rain, as a watercolour
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.draw.imageUrl }}"
""",
        ),
    )

    prompt: Text
    """What is to be seen."""

    provider: ModelProvider
    """The model to ask."""

    def run(self, ctx: RunContext) -> ImageGenerationOutput:
        """Ask for the image."""
        picture = self.provider.draw(ctx, self.prompt)
        ctx.metric("ai.provider.calls", 1, provider=self.provider.name, model=self.provider.model_name)
        measure_tokens(ctx, picture.usage, self.provider)
        url = picture.url or (ctx.put("image.png", picture.content) if picture.content else None)
        if url is None:
            raise TaskFailure(f"{self.provider.name} answered without an image; try again")
        return ImageGenerationOutput(
            image_url=url, token_usage=TokenUsage.of(picture.usage), finish_reason="STOP"
        )
