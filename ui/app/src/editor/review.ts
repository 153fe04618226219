// A review of a draft: changes line by line, and which of the server's hunks a reviewed text keeps.

import { Change } from "@codemirror/merge";

import type { Hunk } from "@/service/types";

/** Cut a text into lines that keep their ends, as the server does. */
export function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Return the indexes of the hunks that turn `base` into `text`, or null when no choice of them does: then somebody
 * has written in it. At every hunk the text goes on either with its old or with its new lines.
 */
export function chosenHunks(base: string, hunks: Hunk[], text: string): number[] | null {
  const old = lines(base);
  const given = lines(text);
  const dead = new Set<string>();

  function same(wanted: string[], from: number, at: number, count: number): boolean {
    for (let i = 0; i < count; i++) if (wanted[from + i] !== given[at + i]) return false;
    return true;
  }

  function walk(hunk: number, position: number, at: number): number[] | null {
    const one = hunks[hunk];
    const until = one ? one.oldStart - 1 : old.length;
    if (!same(old, position, at, until - position)) return null;
    at += until - position;
    if (!one) return at === given.length ? [] : null;
    const key = `${hunk}:${at}`;
    if (dead.has(key)) return null;
    const next = until + one.old.length;
    if (same(one.new, 0, at, one.new.length)) {
      const rest = walk(hunk + 1, next, at + one.new.length);
      if (rest) return [one.index, ...rest];
    }
    if (same(one.old, 0, at, one.old.length)) {
      const rest = walk(hunk + 1, next, at + one.old.length);
      if (rest) return rest;
    }
    dead.add(key);
    return null;
  }

  return walk(0, 0, 0);
}

/** Return the changed runs of whole lines between two texts: the same grain as the server's hunks. */
export function lineChanges(a: string, b: string): Change[] {
  const before = lines(a);
  const after = lines(b);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const pairs = common(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  const kept: [number, number][] = [
    ...pairs.map(([i, j]): [number, number] => [i + head, j + head]),
    [before.length - tail, after.length - tail],
  ];
  const starts = (all: string[]): number[] => {
    const at = [0];
    for (const line of all) at.push(at.at(-1)! + line.length);
    return at;
  };
  const startA = starts(before);
  const startB = starts(after);
  const changes: Change[] = [];
  let [i, j] = [head, head];
  for (const [nextA, nextB] of kept) {
    if (nextA > i || nextB > j) changes.push(new Change(startA[i]!, startA[nextA]!, startB[j]!, startB[nextB]!));
    [i, j] = [nextA + 1, nextB + 1];
  }
  return changes;
}

/** Return the pairs of equal lines of a longest common subsequence, in order. */
function common(a: string[], b: string[]): [number, number][] {
  // Beyond this the table would be slow while typing; everything between head and tail is then one change.
  if (a.length * b.length > 4_000_000) return [];
  const width = b.length + 1;
  const best = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      best[i * width + j] =
        a[i] === b[j] ? best[(i + 1) * width + j + 1]! + 1 : Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (best[(i + 1) * width + j]! >= best[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
