import { describe, expect, it } from "vitest";

import type { Graph, GraphNode } from "@/service/types";
import { size, treeOf } from "@/topology/graph";
import { layout, type Box } from "@/topology/layout";

const task = (uid: string, more: Partial<GraphNode> = {}): GraphNode => ({ uid, type: "GraphTask", task: { id: uid.split(".").pop()!, type: "x.Log" }, ...more });
const dot = (uid: string): GraphNode => ({ uid, type: "GraphClusterRoot" });

function sequence(count: number): Graph {
  const uids = Array.from({ length: count }, (_, i) => `root.t${i}`);
  const all = ["root.@start", ...uids, "root.@end"];
  return {
    nodes: all.map((uid) => (uid.includes("@") ? dot(uid) : task(uid))),
    edges: all.slice(1).map((target, i) => ({ source: all[i]!, target })),
    clusters: [],
  };
}

const PARALLEL: Graph = {
  nodes: [dot("root.@start"), dot("c.@start"), task("root.par"), task("root.par.a"), task("root.par.b"), dot("c.@end"), dot("root.@end")],
  edges: [
    { source: "root.@start", target: "c.@start" },
    { source: "c.@start", target: "root.par" },
    { source: "root.par", target: "root.par.a", relation: { relationType: "CHOICE", value: "then" } },
    { source: "root.par", target: "root.par.b" },
    { source: "root.par.a", target: "c.@end" },
    { source: "root.par.b", target: "c.@end" },
    { source: "c.@end", target: "root.@end" },
  ],
  clusters: [{ cluster: { uid: "c", taskNode: task("root.par") }, nodes: ["c.@start", "root.par", "root.par.a", "root.par.b", "c.@end"], parents: [], start: "c.@start", end: "c.@end" }],
};

function overlapping(boxes: Box[]): [string, string][] {
  const found: [string, string][] = [];
  const inside = (a: Box, b: Box): boolean => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width + 0.01 && a.y + a.height <= b.y + b.height + 0.01;
  boxes.forEach((a, i) =>
    boxes.slice(i + 1).forEach((b) => {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      if (!apart && !inside(a, b) && !inside(b, a)) found.push([a.item.uid, b.item.uid]);
    }),
  );
  return found;
}

describe("the picture of a flow", () => {
  it("shows a flowable as the box around its tasks, with the name of the branch", () => {
    const tree = treeOf(PARALLEL);
    const group = tree.members!.find((one) => one.kind === "group")!;
    expect(group.title).toBe("par");
    expect(group.members!.map((one) => [one.title, one.branch])).toEqual([["a", "then"], ["b", undefined]]);
    expect(tree.edges!.map((one) => [one.from, one.to])).toEqual([["root.@start", "c"], ["c", "root.@end"]]);
    expect(size(tree)).toBe(3);
  });

  it("puts tasks of a sequence below each other and those side by side that wait for the same", () => {
    const column = layout(treeOf(sequence(5))).boxes;
    expect([...column].sort((a, b) => a.y - b.y).map((one) => one.item.uid)).toEqual(column.map((one) => one.item.uid));
    const [a, b] = ["root.par.a", "root.par.b"].map((uid) => layout(treeOf(PARALLEL)).boxes.find((one) => one.item.uid === uid)!);
    expect(a!.y).toBe(b!.y);
    expect(a!.x).not.toBe(b!.x);
  });

  it("lets no boxes overlap, also with long edges", () => {
    const graph = sequence(30);
    for (let i = 0; i < 28; i += 3) graph.edges.push({ source: `root.t${i}`, target: `root.t${i + 2}` });
    expect(overlapping(layout(treeOf(graph)).boxes)).toEqual([]);
    expect(overlapping(layout(treeOf(PARALLEL)).boxes)).toEqual([]);
  });

  it("folds a group into one box", () => {
    const tree = treeOf(PARALLEL, new Set(["c"]));
    expect(tree.members!.map((one) => one.kind)).toEqual(["dot", "task", "dot"]);
  });

  it("survives edges in a circle", () => {
    const graph = sequence(3);
    graph.edges.push({ source: "root.t2", target: "root.t0" });
    expect(layout(treeOf(graph)).boxes).toHaveLength(5);
  });
});
