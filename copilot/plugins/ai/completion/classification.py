"""Sort a text into one of some classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from copilot.plugins.ai._output import GuardedOutput
from copilot.plugins.ai.completion._single import SingleQuestion
from engine.plugin import STATIC, Example, Output, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext

_DEFAULT = (
    "You sort what the user gives into exactly one of these classes and answer with its name and nothing "
    "else: {{ classes }}"
)


class ClassificationOutput(GuardedOutput):
    """Outputs of `Classification`."""

    classification: str | None = None
    """The class as the model named it; it is not checked against `classes`."""


class Classification(SingleQuestion):
    """Sort a text, an image or a PDF into one of some classes.

    Fails when the provider cannot be used.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.langchain4j.completion.Classification",
        "io.kestra.plugin.langchain4j.Classification",
    )
    gives: ClassVar[type[Output]] = ClassificationOutput
    row_properties: ClassVar[tuple[str, ...]] = ("guardrails", "systemMessage")
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Is a comment praise or blame?",
            """\
id: sort-comment
namespace: company.team
inputs:
  - id: comment
    type: STRING
    defaults: The driver was kind and the ride was quick
tasks:
  - id: sort
    type: io.kestra.plugin.ai.completion.Classification
    provider:
      type: io.kestra.plugin.ai.provider.OpenAI
      modelName: gpt-4o-mini
      apiKey: "{{ secret('OPENAI_API_KEY') }}"
    classes: [praise, blame, neither]
    prompt: "{{ inputs.comment }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.sort.classification }}"
""",
        ),
    )

    classes: Annotated[list[Text], Field(min_length=1)]
    """Names of the classes."""

    system_message: Annotated[Text, STATIC] = _DEFAULT
    """What the model is told to do; it may use `{{ classes }}`."""

    def run(self, ctx: RunContext) -> ClassificationOutput:
        """Ask for the class."""
        system = str(ctx.render(self.system_message, {"classes": list(self.classes)}))
        return self.ask(ctx, system, ClassificationOutput, lambda text: {"classification": text})
