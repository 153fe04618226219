// Where boxes stand: every group is laid out by itself in layers, inner groups first (Sugiyama's method, with
// layers by longest path, dummies for long edges, and a few sweeps that order each layer by its neighbours).
// A flow is a tree of groups with few edges in each, so 500 tasks cost milliseconds; a general layout engine of
// some hundred kilobytes would know less about the tree.

import type { Edge, Item } from "@/topology/graph";

export interface Box {
  item: Item;
  x: number;
  y: number;
  width: number;
  height: number;
  depth: number;
}

export interface Line {
  key: string;
  path: string;
  label?: string;
  error?: boolean;
  labelX: number;
  labelY: number;
}

export interface Layout {
  boxes: Box[];
  lines: Line[];
  width: number;
  height: number;
}

const TASK = { width: 208, height: 52 };
const DOT = { width: 12, height: 12 };
const GAP_X = 22;
const GAP_Y = 34;
const PAD = 14;
const HEAD = 34;
const SWEEPS = 4;

interface Cell {
  uid: string;
  width: number;
  height: number;
  layer: number;
  x: number;
  y: number;
  order: number;
  item?: Item;
  inner?: Layout;
}

/** Lay out a tree; coordinates begin at 0, 0. */
export function layout(root: Item): Layout {
  return group(root, 0);
}

function group(item: Item, depth: number): Layout {
  const cells = new Map<string, Cell>();
  for (const member of item.members!) cells.set(member.uid, cellOf(member, depth));
  const edges = item.edges!.filter((edge) => cells.has(edge.from) && cells.has(edge.to));
  const forward = layers(cells, edges);
  const chains = dummies(cells, forward);
  const rows = ordered(cells, chains);
  const { width, height } = place(rows, cells, chains);
  return drawn(cells, forward, chains, width, height, depth);
}

function cellOf(item: Item, depth: number): Cell {
  const cell = { uid: item.uid, layer: 0, x: 0, y: 0, order: 0, item };
  if (item.kind === "dot") return { ...cell, ...DOT };
  if (item.kind !== "group") return { ...cell, ...TASK };
  const inner = group(item, depth + 1);
  return {
    ...cell,
    inner,
    width: Math.max(inner.width + 2 * PAD, TASK.width + 2 * PAD),
    height: inner.height + HEAD + PAD,
  };
}

/** Give every cell a layer below all it comes after; edges that would close a circle are left out. */
function layers(cells: Map<string, Cell>, edges: Edge[]): Edge[] {
  const next = new Map<string, Edge[]>();
  const waiting = new Map<string, number>();
  for (const edge of edges) {
    next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
    waiting.set(edge.to, (waiting.get(edge.to) ?? 0) + 1);
  }
  const ready = [...cells.keys()].filter((uid) => !waiting.get(uid));
  const used: Edge[] = [];
  const done = new Set<string>();
  for (let i = 0; i < ready.length; i++) {
    const uid = ready[i]!;
    done.add(uid);
    for (const edge of next.get(uid) ?? []) {
      used.push(edge);
      const target = cells.get(edge.to)!;
      target.layer = Math.max(target.layer, cells.get(uid)!.layer + 1);
      waiting.set(edge.to, waiting.get(edge.to)! - 1);
      if (!waiting.get(edge.to)) ready.push(edge.to);
    }
  }
  return used.filter((edge) => done.has(edge.from) && done.has(edge.to));
}

/** Put a narrow dummy into every layer an edge passes; returns the chain of uids of each edge. */
function dummies(cells: Map<string, Cell>, edges: Edge[]): string[][] {
  return edges.map((edge, index) => {
    const chain = [edge.from];
    const last = cells.get(edge.to)!.layer;
    for (let layer = cells.get(edge.from)!.layer + 1; layer < last; layer++) {
      const uid = `~${index}.${layer}`;
      cells.set(uid, { uid, width: 8, height: 0, layer, x: 0, y: 0, order: 0 });
      chain.push(uid);
    }
    return [...chain, edge.to];
  });
}

function ordered(cells: Map<string, Cell>, chains: string[][]): Cell[][] {
  const rows: Cell[][] = [];
  for (const cell of cells.values()) (rows[cell.layer] ??= []).push(cell);
  const above = new Map<string, Cell[]>();
  const below = new Map<string, Cell[]>();
  for (const chain of chains) {
    for (let i = 1; i < chain.length; i++) {
      const [a, b] = [cells.get(chain[i - 1]!)!, cells.get(chain[i]!)!];
      below.set(a.uid, [...(below.get(a.uid) ?? []), b]);
      above.set(b.uid, [...(above.get(b.uid) ?? []), a]);
    }
  }
  for (const row of rows) row.forEach((cell, index) => (cell.order = index));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) sortRow(row, down ? above : below);
  }
  return rows;
}

function sortRow(row: Cell[], neighbours: Map<string, Cell[]>): void {
  const centre = new Map(
    row.map((cell) => {
      const near = neighbours.get(cell.uid) ?? [];
      return [cell, near.length ? near.reduce((sum, one) => sum + one.order, 0) / near.length : cell.order];
    }),
  );
  row.sort((a, b) => centre.get(a)! - centre.get(b)! || a.order - b.order);
  row.forEach((cell, index) => (cell.order = index));
}

function place(rows: Cell[][], cells: Map<string, Cell>, chains: string[][]): { width: number; height: number } {
  const widths = rows.map((row) => row.reduce((sum, cell) => sum + cell.width + GAP_X, -GAP_X));
  const width = Math.max(0, ...widths);
  let y = 0;
  rows.forEach((row, index) => {
    const height = Math.max(...row.map((cell) => cell.height));
    let x = (width - widths[index]!) / 2;
    for (const cell of row) {
      cell.x = x;
      cell.y = y + (cell.item?.kind === "dot" ? (height - cell.height) / 2 : 0);
      if (!cell.item) cell.height = height;
      x += cell.width + GAP_X;
    }
    y += height + GAP_Y;
  });
  straighten(rows, cells, chains);
  const right = Math.max(0, ...[...cells.values()].map((cell) => cell.x + cell.width));
  return { width: Math.max(width, right), height: Math.max(0, y - GAP_Y) };
}

/** Move single cells of a row below or above their only neighbour, where there is room. */
function straighten(rows: Cell[][], cells: Map<string, Cell>, chains: string[][]): void {
  const above = new Map<string, Cell[]>();
  for (const chain of chains)
    for (let i = 1; i < chain.length; i++) above.set(chain[i]!, [...(above.get(chain[i]!) ?? []), cells.get(chain[i - 1]!)!]);
  for (const row of rows) {
    row.forEach((cell, index) => {
      const over = above.get(cell.uid);
      if (!over?.length) return;
      const middle = over.reduce((sum, one) => sum + one.x + one.width / 2, 0) / over.length;
      const left = index ? row[index - 1]!.x + row[index - 1]!.width + GAP_X : 0;
      const next = row[index + 1];
      const right = next ? next.x - GAP_X - cell.width : Infinity;
      if (right >= left) cell.x = Math.min(Math.max(middle - cell.width / 2, left), Math.max(left, right));
    });
  }
}

function drawn(cells: Map<string, Cell>, edges: Edge[], chains: string[][], width: number, height: number, depth: number): Layout {
  const boxes: Box[] = [];
  const lines: Line[] = [];
  edges.forEach((edge, index) => lines.push(line(edge, chains[index]!.map((uid) => cells.get(uid)!))));
  for (const cell of cells.values()) {
    if (!cell.item) continue;
    boxes.push({ item: cell.item, x: cell.x, y: cell.y, width: cell.width, height: cell.height, depth });
    if (!cell.inner) continue;
    const dx = cell.x + (cell.width - cell.inner.width) / 2;
    const dy = cell.y + HEAD;
    for (const box of cell.inner.boxes) boxes.push({ ...box, x: box.x + dx, y: box.y + dy });
    for (const one of cell.inner.lines) lines.push(shifted(one, dx, dy));
  }
  return { boxes, lines, width, height };
}

function line(edge: Edge, cells: Cell[]): Line {
  const first = cells[0]!;
  let [x, y] = [first.x + first.width / 2, first.y + first.height];
  const parts = [`M ${x} ${y}`];
  for (const cell of cells.slice(1)) {
    const [toX, toY] = [cell.x + cell.width / 2, cell.y];
    const middle = (y + toY) / 2;
    parts.push(Math.abs(toX - x) < 1 ? `L ${toX} ${toY}` : `C ${x} ${middle} ${toX} ${middle} ${toX} ${toY}`);
    if (!cell.item) parts.push(`L ${toX} ${toY + cell.height}`);
    [x, y] = [toX, cell.item ? toY : toY + cell.height];
  }
  const second = cells[1]!;
  const labelX = (first.x + first.width / 2 + second.x + second.width / 2) / 2;
  return { key: `${edge.from}>${edge.to}`, path: parts.join(" "), label: edge.label, error: edge.error, labelX, labelY: (first.y + first.height + second.y) / 2 };
}

function shifted(one: Line, dx: number, dy: number): Line {
  let isX = false;
  const path = one.path.replace(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g, (number) => {
    isX = !isX;
    return String(Math.round((Number(number) + (isX ? dx : dy)) * 100) / 100);
  });
  return { ...one, path, labelX: one.labelX + dx, labelY: one.labelY + dy };
}
