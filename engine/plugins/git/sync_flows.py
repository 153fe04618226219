"""Flows of a repository into a namespace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_row
from engine.model.json import Json
from engine.plugin import Example, Output, Text
from engine.plugins.git._flow import (
    checked_namespace,
    flows_of,
    in_namespace,
    is_flow_file,
    namespace_of,
    saved_flows,
    written_id,
)
from engine.plugins.git._properties import GitProperties
from engine.plugins.git._repository import branch_name
from engine.plugins.git._tree import clone_place, folder_in, tracked

if TYPE_CHECKING:
    from engine.plugin import RunContext

_SHOWN = 10


class SyncFlowsOutput(Output):
    """Outputs of `SyncFlows`."""

    flows: str
    """Address of a file with one row for each flow: `gitPath`, `syncState` (ADDED, UPDATED, UNCHANGED or
    DELETED), `flowId`, `namespace` and `revision`."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the folder holds: valid flows by (namespace, id), problems, and flows that invalid files name."""

    flows: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Path in the folder and text."""
    problems: list[str] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)


class SyncFlows(GitProperties):
    """Save the flows of a folder in a repository in a namespace. The namespace written in a file does not
    count: a flow goes to `targetNamespace`, and with `includeChildNamespaces` a flow of a folder below goes
    to the namespace below with the name of the folder. Files that a `.kestraignore` names are left out.

    Every file is checked before the first flow is saved. Fails when one is not valid (unless
    `ignoreInvalidFlows` is true), and when the repository, the branch or the folder does not exist. The flow
    that runs this task is never deleted.
    """

    gives: ClassVar[type[Output]] = SyncFlowsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Flows from Git, every hour",
            """\
id: sync-flows
namespace: system
tasks:
  - id: sync
    type: io.kestra.plugin.git.SyncFlows
    url: https://github.com/company/flows
    branch: main
    username: git
    password: "{{ secret('GIT_TOKEN') }}"
    targetNamespace: company.team
    gitDirectory: _flows
    includeChildNamespaces: true
    delete: true
triggers:
  - id: hourly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 * * * *"
""",
        ),
    )

    target_namespace: Text
    """The namespace the flows are saved in."""

    branch: Text = "main"
    """The branch."""

    git_directory: Text = "_flows"
    """Folder in the repository; `.` is all of it."""

    include_child_namespaces: bool = False
    """Whether folders below are read too, as namespaces below."""

    delete: bool = False
    """Whether flows of the namespace that are not in the repository are deleted."""

    ignore_invalid_flows: bool = False
    """Whether files that hold no valid flow are left out with a warning."""

    dry_run: bool = False
    """Whether nothing is changed and the output only tells what would be."""

    fail_on_missing_directory: bool = True
    """Whether it is a failure when the folder is not in the repository."""

    def run(self, ctx: RunContext) -> SyncFlowsOutput:
        """Save the flows."""
        target = checked_namespace("targetNamespace", self.target_namespace)
        folder = folder_in(self.git_directory)
        read = self._check(ctx, self._texts(ctx, folder), target)
        self._report(ctx, read.problems)
        rows = [*self._save(ctx, read, folder), *(self._delete(ctx, read, target) if self.delete else ())]
        for state in ("ADDED", "UPDATED", "DELETED"):
            ctx.metric(state.lower(), sum(row["syncState"] == state for row in rows))
        text = "".join(f"{write_ion_row(row)}\n" for row in rows)
        return SyncFlowsOutput(flows=ctx.put("flows.ion", text.encode()))

    def _texts(self, ctx: RunContext, folder: str) -> dict[str, bytes]:
        """Return the files of the folder that hold flows."""
        root = clone_place(ctx)
        try:
            with self.git(ctx) as git:
                arguments = ["clone", "--quiet", "--depth", "1", "--single-branch", "--branch"]
                arguments += [branch_name("branch", self.branch)]
                if self.clone_submodules:
                    arguments.append("--recurse-submodules")
                git.run(*arguments, "--", self.url.strip(), str(root), folder=ctx.work_dir)
                if not (root / folder).is_dir() and self.fail_on_missing_directory:
                    raise TaskFailure(
                        f"gitDirectory: there is no folder '{self.git_directory}' in branch {self.branch}; "
                        f"name another, or set `failOnMissingDirectory: false`"
                    )
                found = tracked(git, root, folder)
                wanted = (name for name in sorted(found) if is_flow_file(name))
                deep = self.include_child_namespaces
                return {name: found[name].read_bytes() for name in wanted if deep or "/" not in name}
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def _check(self, ctx: RunContext, texts: Mapping[str, bytes], target: str) -> _Read:
        gate = flows_of(ctx)
        read = _Read()
        for name, content in texts.items():
            namespace = namespace_of(name, target)
            try:
                source = in_namespace(content.decode("utf-8"), namespace)
            except UnicodeDecodeError:
                read.problems.append(f"{name}: it is not UTF-8 text")
                continue
            checked = gate.check(source)
            flow_id = checked.flow.id if checked.flow else written_id(source)
            key = (namespace, flow_id or "")
            if checked.flow is None:
                found = [finding.text for finding in checked.findings if finding.blocking]
                read.problems.append(f"{name}: {'; '.join(found[:3])}")
                read.broken.add(key)
            elif checked.flow.namespace != namespace:
                read.problems.append(
                    f"{name}: its namespace cannot be changed; write `namespace: …` on a line of its own"
                )
                read.broken.add(key)
            elif key in read.flows:
                read.problems.append(f"{name}: {read.flows[key][0]} has a flow '{flow_id}' already")
            else:
                read.flows[key] = (name, source)
        return read

    def _report(self, ctx: RunContext, problems: Sequence[str]) -> None:
        """Fail for files without a valid flow, or warn of them."""
        if problems and not self.ignore_invalid_flows:
            more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
            raise TaskFailure(
                "Nothing was saved, since not every file holds a valid flow; mend them, or set "
                "`ignoreInvalidFlows: true`:\n" + "\n".join([*problems[:_SHOWN], *more])
            )
        for problem in problems:
            ctx.warn(f"Left out: {problem}")

    def _save(self, ctx: RunContext, read: _Read, folder: str) -> Iterator[dict[str, Json]]:
        gate = flows_of(ctx)
        for (namespace, flow_id), (name, source) in read.flows.items():
            known = ctx.world.store.flows.get(namespace, flow_id)
            state = "ADDED" if known is None or known.deleted else "UPDATED"
            revision = 1 if known is None else known.revision + 1
            if known is not None and state == "UPDATED" and known.source == source:
                state, revision = "UNCHANGED", known.revision
            elif not self.dry_run:
                revision = gate.save(source).revision
            path = f"{folder}/{name}" if folder else name
            yield _row(path, state, flow_id, namespace, revision)

    def _delete(self, ctx: RunContext, read: _Read, target: str) -> Iterator[dict[str, Json]]:
        own = (ctx.where.namespace, ctx.where.flow_id)
        for row in saved_flows(ctx, target, children=self.include_child_namespaces):
            key = (row.namespace, row.id)
            if key in read.flows or key in read.broken or key == own:
                continue
            if not self.dry_run:
                flows_of(ctx).delete_flow(row.namespace, row.id)
            yield _row(None, "DELETED", row.id, row.namespace, row.revision)


def _row(path: str | None, state: str, flow_id: str, namespace: str, revision: int) -> dict[str, Json]:
    return {
        "gitPath": path,
        "syncState": state,
        "flowId": flow_id,
        "namespace": namespace,
        "revision": revision,
    }
