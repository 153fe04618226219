"""Take fields out of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from copilot.plugins.ai._answer import parsed
from copilot.plugins.ai._configuration import ResponseFormat
from copilot.plugins.ai._output import GuardedOutput
from copilot.plugins.ai.completion._single import SingleQuestion
from engine.plugin import Example, Output, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext

_DEFAULT = (
    "You take values out of what the user gives and answer with one valid JSON object and nothing else."
)


class JSONStructuredExtractionOutput(GuardedOutput):
    """Outputs of `JSONStructuredExtraction`."""

    schema_name: str | None = None
    """Name of the schema."""

    extracted_json: str | None = None
    """The JSON as text; `fromJson(outputs.<id>.extractedJson)` reads it."""


class JSONStructuredExtraction(SingleQuestion):
    """Take fields out of a text, an image or a PDF, as JSON.

    Every field is a required text. Fails when the provider cannot be used and when the answer is no JSON.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.langchain4j.completion.JSONStructuredExtraction",
        "io.kestra.plugin.langchain4j.JSONStructuredExtraction",
    )
    gives: ClassVar[type[Output]] = JSONStructuredExtractionOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Name and city out of a sentence",
            """\
id: extract-person
namespace: company.team
tasks:
  - id: extract
    type: io.kestra.plugin.ai.completion.JSONStructuredExtraction
    provider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-2.5-flash
      apiKey: "{{ secret('GEMINI_API_KEY') }}"
    schemaName: person
    jsonFields: [name, city]
    prompt: Grace lives in New York and likes compilers.
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ fromJson(outputs.extract.extractedJson).city }}"
""",
        ),
    )

    schema_name: Text
    """Name of the schema, for the model."""

    json_fields: Annotated[list[Text], Field(min_length=1)]
    """Names of the fields."""

    system_message: Text = _DEFAULT
    """What the model is told to do."""

    def run(self, ctx: RunContext) -> JSONStructuredExtractionOutput:
        """Ask for the fields."""
        schema: dict[str, Any] = {
            "title": self.schema_name,
            "type": "object",
            "properties": {name: {"type": "string"} for name in self.json_fields},
            "required": list(self.json_fields),
            "additionalProperties": False,
        }
        system = self.system_message
        if "response_format" in self.provider.refuses:
            system += f" Its fields, all texts: {', '.join(self.json_fields)}."
        return self.ask(
            ctx,
            system,
            JSONStructuredExtractionOutput,
            self._filled,
            ResponseFormat(type="JSON", json_schema=schema),
        )

    def _filled(self, text: str) -> dict[str, Any]:
        parsed(text)
        return {"schema_name": self.schema_name, "extracted_json": text}
