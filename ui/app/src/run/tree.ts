// The task runs of an execution in the order they stand below each other.

import type { TaskRun } from "@/service/types";

export interface RunRow {
  run: TaskRun;
  depth: number;
  children: number;
}

/** Return the rows of a tree of task runs; children of folded ones are left out. */
export function runRows(runs: TaskRun[], folded: ReadonlySet<string>): RunRow[] {
  const below = new Map<string, TaskRun[]>();
  const known = new Set(runs.map((one) => one.id));
  for (const run of runs) {
    const parent = run.parentTaskRunId && known.has(run.parentTaskRunId) ? run.parentTaskRunId : "";
    const list = below.get(parent);
    if (list) list.push(run);
    else below.set(parent, [run]);
  }
  const rows: RunRow[] = [];
  const walk = (parent: string, depth: number): void => {
    for (const run of below.get(parent) ?? []) {
      const children = below.get(run.id)?.length ?? 0;
      rows.push({ run, depth, children });
      if (children && !folded.has(run.id)) walk(run.id, depth + 1);
    }
  };
  walk("", 0);
  return rows;
}

/** Return the part of a span a bar covers, in percent: where it begins and how wide it is (at least 0.4). */
export function bar(from: number, to: number, start: number, end: number): { left: number; width: number } {
  const whole = Math.max(1, end - start);
  const left = Math.min(99.6, Math.max(0, (100 * (from - start)) / whole));
  return { left, width: Math.min(100 - left, Math.max(0.4, (100 * (to - from)) / whole)) };
}
