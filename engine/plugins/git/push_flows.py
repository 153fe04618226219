"""Flows of a namespace into a repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, Text
from engine.plugins.core.namespace._files import as_list
from engine.plugins.git._flow import checked_namespace, in_namespace, is_flow_file, saved_flows
from engine.plugins.git._push import PushProperties, place_in
from engine.plugins.git._repository import Git
from engine.plugins.git._tree import folder_in, tracked
from engine.plugins.scripts._glob import path_pattern

if TYPE_CHECKING:
    from engine.plugin import RunContext


class PushFlowsOutput(Output):
    """Outputs of `PushFlows`."""

    flows: str
    """Address of a file with one row for each file that differs: `file`, `additions`, `deletions` and
    `changes`, their sum, in lines."""

    commit_id: str | None = None
    """Id of the commit; null when nothing differs, or with `dryRun`."""

    commit_url: Annotated[str | None, Field(alias="commitURL")] = None
    """Address of the commit for a browser; null when the host of the repository has none."""


class PushFlows(PushProperties):
    """Commit the flows of a namespace to a folder in a repository and push: each in a file with its id as
    name. Nothing is pushed when nothing differs. A branch that does not exist is made.

    Fails when the repository cannot be reached and when it refuses the push.
    """

    gives: ClassVar[type[Output]] = PushFlowsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep the flows of a namespace in Git",
            """\
id: push-flows
namespace: system
tasks:
  - id: push
    type: io.kestra.plugin.git.PushFlows
    url: https://github.com/company/flows
    branch: from-development
    username: git
    password: "{{ secret('GIT_TOKEN') }}"
    sourceNamespace: company.dev
    targetNamespace: company.prod
    flows: "*"
    includeChildNamespaces: true
    commitMessage: "Flows of {{ flow.namespace }}"
    authorName: Ann
    authorEmail: ann@example.org
""",
        ),
    )

    source_namespace: Text | None = None
    """The namespace of the flows; by default this flow's own."""

    target_namespace: Text | None = None
    """The namespace written into the files; by default the one the flows have."""

    flows: list[Text] | Text | None = None
    """An id or a glob pattern of ids, or a list of them; all flows when left out."""

    include_child_namespaces: bool = False
    """Whether flows of the namespaces below are pushed too, into folders with the names of those."""

    git_directory: Text = "_flows"
    """Folder in the repository; `.` is all of it."""

    delete: bool = True
    """Whether files of the folder that match `flows` and belong to no flow of the namespace are deleted."""

    def run(self, ctx: RunContext) -> PushFlowsOutput:
        """Commit and push."""
        source = checked_namespace("sourceNamespace", self.source_namespace or ctx.where.namespace)
        target = checked_namespace("targetNamespace", self.target_namespace or source)
        folder = folder_in(self.git_directory)
        texts = dict(self._texts(ctx, source, target))

        def write(git: Git, root: Path) -> None:
            self._write(git, root, folder, texts)

        pushed = self.push(ctx, write, name="flows.ion", message=f"Flows of the namespace {source}")
        return PushFlowsOutput(flows=pushed.rows, commit_id=pushed.commit, commit_url=pushed.url)

    def _texts(self, ctx: RunContext, source: str, target: str) -> Iterator[tuple[str, str]]:
        """Yield path without suffix and text of every flow that is pushed."""
        for row in saved_flows(ctx, source, children=self.include_child_namespaces):
            if not self._meant(row.id):
                continue
            below = row.namespace.removeprefix(source)
            text = in_namespace(row.source, f"{target}{below}") if target != source else row.source
            yield "/".join((*below.split(".")[1:], row.id)), text

    def _meant(self, flow_id: str) -> bool:
        patterns = as_list("**" if self.flows is None else self.flows)
        return any(path_pattern(one).fullmatch(flow_id) for one in patterns)

    def _write(self, git: Git, root: Path, folder: str, texts: dict[str, str]) -> None:
        known = {name: path for name, path in tracked(git, root, folder).items() if is_flow_file(name)}
        names = {name.rpartition(".")[0]: name for name in sorted(known)}
        for name, path in known.items() if self.delete else ():
            stem = name.rpartition(".")[0]
            near = self.include_child_namespaces or "/" not in name
            if near and stem not in texts and self._meant(stem.rpartition("/")[2]):
                path.unlink()
        (root / folder).mkdir(parents=True, exist_ok=True)
        for stem, text in texts.items():
            name = names.get(stem, f"{stem}.yml")
            place_in(root, f"{folder}/{name}" if folder else name).write_text(text, "utf-8", newline="")
        git.run("add", "--force", "--all", "--", ".", folder=root / folder)
