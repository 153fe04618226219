import { describe, expect, it } from "vitest";

import { actionsFor } from "@/run/action";
import { formOf, keepable, localMoment, momentOf } from "@/run/given";
import { filtered, rowsOf } from "@/run/logline";
import { bar, runRows } from "@/run/tree";
import type { Execution, Input, LogEntry, TaskRun } from "@/service/types";

const entry = (message: string, more: Partial<LogEntry> = {}): LogEntry => ({ timestamp: "2026-01-31T12:00:00Z", level: "INFO", message, ...more });
const run = (id: string, parent?: string): TaskRun => ({ id, taskId: id, parentTaskRunId: parent, state: { current: "SUCCESS", histories: [], startDate: "2026-01-31T12:00:00Z" } });

describe("a log", () => {
  const entries = [entry("one", { level: "DEBUG", taskId: "a" }), entry("Two words", { taskId: "b" }), entry("three", { level: "ERROR", taskId: "b" })];

  it("is filtered by level, task and text", () => {
    expect(filtered(entries, { level: "INFO", task: "", text: "" }).map((one) => one.message)).toEqual(["Two words", "three"]);
    expect(filtered(entries, { level: "TRACE", task: "a", text: "" })).toHaveLength(1);
    expect(filtered(entries, { level: "TRACE", task: "", text: "WORDS" })).toHaveLength(1);
  });

  it("becomes rows of bounded width that lose no character", () => {
    const rows = rowsOf([entry("abcdefgh\n\nxy"), entry("")], 3);
    expect(rows.map((one) => one.text)).toEqual(["abc", "def", "gh", "", "xy", ""]);
    expect(rows.map((one) => one.head)).toEqual([true, false, false, false, false, true]);
    expect(new Set(rows.map((one) => one.key)).size).toBe(rows.length);
  });
});

describe("a Gantt", () => {
  it("orders task runs below their parents and folds", () => {
    const runs = [run("a"), run("b", "a"), run("c", "b"), run("d"), run("lost", "gone")];
    expect(runRows(runs, new Set()).map((one) => [one.run.id, one.depth])).toEqual([["a", 0], ["b", 1], ["c", 2], ["d", 0], ["lost", 0]]);
    expect(runRows(runs, new Set(["b"])).map((one) => one.run.id)).toEqual(["a", "b", "d", "lost"]);
  });

  it("keeps every bar inside its track", () => {
    for (const [from, to] of [[0, 1000], [999, 1000], [1000, 1000], [-5, 3000]] as const) {
      const { left, width } = bar(from, to, 0, 1000);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(100);
      expect(width).toBeGreaterThan(0);
    }
  });
});

describe("an input form", () => {
  const inputs: Input[] = [{ id: "a", type: "STRING" }, { id: "b", type: "ARRAY" }, { id: "s", type: "SECRET" }, { id: "f", type: "FILE" }];

  it("sends only what was touched", () => {
    const form = formOf({ a: "x", b: [1, 2] }, inputs);
    expect([...form.entries()]).toEqual([["a", "x"], ["b", "[1,2]"]]);
  });

  it("keeps no secret and no file", () => {
    expect(keepable({ a: "x", s: "hidden", f: new File(["1"], "x.csv") }, inputs)).toEqual({ a: "x" });
  });

  it("reads back the moments it writes", () => {
    const moment = "2026-01-31T12:34:56.000Z";
    expect(momentOf(localMoment(moment))).toBe(moment);
    expect(momentOf("")).toBeUndefined();
  });
});

describe("actions", () => {
  const at = (current: string): Execution => ({ id: "1", namespace: "n", flowId: "f", flowRevision: 1, state: { current, histories: [], startDate: "" } });

  it.each([["RUNNING", "kill"], ["PAUSED", "resume"], ["FAILED", "fix"], ["SUCCESS", "replay"], ["QUEUED", "force-run"]])("of %s begin with %s", (state, first) => {
    expect(actionsFor(at(state))[0]).toBe(first);
  });

  it("never delete what still runs", () => {
    for (const state of ["RUNNING", "PAUSED", "QUEUED", "CREATED", "KILLING"]) expect(actionsFor(at(state))).not.toContain("delete");
  });
});
