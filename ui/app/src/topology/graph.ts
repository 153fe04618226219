// The service's graph as a tree of boxes: a group holds tasks and groups, edges join members of one group.

import type { Graph, GraphNode, Task } from "@/service/types";

export interface Item {
  uid: string;
  kind: "task" | "trigger" | "dot" | "group";
  title: string;
  type: string;
  task?: Task;
  branch?: string;
  members?: Item[];
  edges?: Edge[];
  /** Runs of the task below this item, for states. */
  node?: GraphNode;
}

export interface Edge {
  from: string;
  to: string;
  label?: string;
  error?: boolean;
}

/** Build the tree; `folded` are the uids of groups shown as one box. */
export function treeOf(graph: Graph, folded: ReadonlySet<string> = new Set()): Item {
  const nodes = new Map(graph.nodes.map((node) => [node.uid, node]));
  const groups = new Map<string, Item>();
  const root: Item = { uid: "root", kind: "group", title: "", type: "", members: [], edges: [] };
  const homes = new Map<string, Item>();
  // Outer clusters have fewer parents, so they are made first.
  const clusters = [...graph.clusters].sort((a, b) => a.parents.length - b.parents.length);
  const home = new Map<string, string>();
  for (const { cluster, nodes: inside } of clusters) for (const uid of inside) home.set(uid, cluster.uid);

  for (const { cluster, parents } of clusters) {
    const title = cluster.taskNode?.task?.id ?? (cluster.uid.endsWith("Triggers") ? "Triggers" : cluster.uid.split(".").pop()!);
    const item: Item = {
      uid: cluster.uid,
      kind: "group",
      title,
      type: cluster.taskNode?.task?.type ?? "",
      task: cluster.taskNode?.task,
      node: cluster.taskNode ? nodes.get(cluster.taskNode.uid) : undefined,
      members: [],
      edges: [],
    };
    const parent = [...parents].reverse().map((uid) => groups.get(uid)).find(Boolean) ?? root;
    groups.set(cluster.uid, item);
    homes.set(cluster.uid, parent);
    parent.members!.push(item);
  }
  for (const node of graph.nodes) {
    const parent = groups.get(home.get(node.uid) ?? "") ?? root;
    homes.set(node.uid, parent);
    parent.members!.push(itemOf(node));
  }
  for (const edge of graph.edges) connect(edge.source, edge.target, edge.relation, homes, root);
  const order = new Map(graph.nodes.map((node, index) => [node.uid, index]));
  for (const { cluster, start } of clusters) order.set(cluster.uid, order.get(start) ?? 0);
  for (const group of [root, ...groups.values()]) group.members!.sort((a, b) => (order.get(a.uid) ?? 0) - (order.get(b.uid) ?? 0));
  withoutReturns(root);
  prune(root);
  return fold(root, folded);
}

function itemOf(node: GraphNode): Item {
  const task = node.task ?? node.triggerDeclaration;
  return {
    uid: node.uid,
    kind: node.triggerDeclaration ? "trigger" : task ? "task" : "dot",
    title: task ? String(task.id) : "",
    type: task?.type ?? "",
    task,
    branch: node.branchType,
    node,
  };
}

/** Add the edge to the innermost group that holds both ends, between its members that hold them. */
function connect(source: string, target: string, relation: { relationType?: string; value?: string } | undefined, homes: Map<string, Item>, root: Item): void {
  const up = (uid: string): [string, Item][] => {
    const way: [string, Item][] = [];
    for (let at = uid; ; ) {
      const home = homes.get(at) ?? root;
      way.push([at, home]);
      if (home === root) return way;
      at = home.uid;
    }
  };
  const from = up(source);
  const to = new Map(up(target).map(([uid, home]) => [home, uid]));
  for (const [uid, home] of from) {
    const other = to.get(home);
    if (other === undefined) continue;
    if (other !== uid) {
      const label = relation?.value || undefined;
      home.edges!.push({ from: uid, to: other, label, error: relation?.relationType === "ERROR" });
    }
    return;
  }
}

/** Take out the ways back from error branches to the end: they cross everything and say nothing. */
function withoutReturns(root: Item): void {
  const branches = new Set(root.members!.filter((one) => one.branch === "ERROR" || one.node?.branchType === "ERROR").map((one) => one.uid));
  const kinds = new Map(root.members!.map((one) => [one.uid, one.kind]));
  root.edges = root.edges!.filter((edge) => !(branches.has(edge.from) && kinds.get(edge.to) === "dot"));
}

/** Take out what only clutters: start and end dots of groups, with their edges joined. */
function prune(group: Item): void {
  for (const one of group.members!) if (one.kind === "group") prune(one);
  if (group.uid === "root") return;
  const dots = new Set(group.members!.filter((one) => one.kind === "dot").map((one) => one.uid));
  group.members = group.members!.filter((one) => !dots.has(one.uid));
  // The flowable itself is the head of its group's box, not another box in it.
  const head = group.members.find((one) => one.node && one.node === group.node);
  if (head) {
    const labels = new Map(group.edges!.filter((edge) => edge.from === head.uid && edge.label).map((edge) => [edge.to, edge.label!]));
    for (const one of group.members) if (labels.has(one.uid)) one.branch = labels.get(one.uid);
    group.members = group.members.filter((one) => one !== head);
    dots.add(head.uid);
  }
  group.edges = group.edges!.filter((edge) => !dots.has(edge.from) && !dots.has(edge.to));
}

function fold(item: Item, folded: ReadonlySet<string>): Item {
  if (item.kind !== "group") return item;
  if (folded.has(item.uid)) return { ...item, kind: "task", members: undefined, edges: undefined };
  return { ...item, members: item.members!.map((one) => fold(one, folded)) };
}

/** Count the tasks below a group, flowables included. */
export function size(item: Item): number {
  const own = item.task && item.kind !== "trigger" ? 1 : 0;
  return (item.members ?? []).reduce((sum, one) => sum + size(one), own);
}
