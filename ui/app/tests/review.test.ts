import { describe, expect, it } from "vitest";

import { chosenHunks, lineChanges, lines } from "@/editor/review";
import type { Hunk } from "@/service/types";

const BASE = "a\nb\nc\nd\n";
const HUNKS: Hunk[] = [
  { index: 0, oldStart: 2, old: ["b\n"], newStart: 2, new: ["B\n"] },
  { index: 1, oldStart: 4, old: [], newStart: 4, new: ["x\n", "y\n"] },
  { index: 2, oldStart: 4, old: ["d\n"], newStart: 6, new: [] },
];

function apply(chosen: number[]): string {
  const text = lines(BASE);
  for (const hunk of [...HUNKS].reverse()) if (chosen.includes(hunk.index)) text.splice(hunk.oldStart - 1, hunk.old.length, ...hunk.new);
  return text.join("");
}

describe("the hunks a reviewed text keeps", () => {
  const subsets = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];
  it.each(subsets.map((one) => [one]))("are %j when just those were applied", (chosen) => {
    expect(chosenHunks(BASE, HUNKS, apply(chosen))).toEqual(chosen);
  });

  it("are unknown when somebody wrote in the text", () => {
    expect(chosenHunks(BASE, HUNKS, "a\nb\nc\nmine\nd\n")).toBeNull();
    expect(chosenHunks(BASE, HUNKS, `${BASE}# note\n`)).toBeNull();
  });

  it("are found where old and new lines begin alike", () => {
    const hunks: Hunk[] = [
      { index: 0, oldStart: 1, old: ["a\n"], newStart: 1, new: ["a\n", "a\n"] },
      { index: 1, oldStart: 2, old: ["a\n"], newStart: 3, new: [] },
    ];
    expect(chosenHunks("a\na\n", hunks, "a\na\n")).not.toBeNull();
  });

  it("are all of a new flow", () => {
    const hunks: Hunk[] = [{ index: 0, oldStart: 1, old: [], newStart: 1, new: ["id: x\n"] }];
    expect(chosenHunks("", hunks, "id: x\n")).toEqual([0]);
  });
});

describe("changes of whole lines", () => {
  function rebuilt(a: string, b: string): string {
    let text = a;
    for (const one of [...lineChanges(a, b)].reverse()) text = text.slice(0, one.fromA) + b.slice(one.fromB, one.toB) + text.slice(one.toA);
    return text;
  }

  it("turn one text into the other", () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
    const text = (): string => Array.from({ length: random(12) }, () => `${"abcd"[random(4)]}\n`).join("") + (random(2) ? "" : "end");
    for (let i = 0; i < 300; i++) {
      const [a, b] = [text(), text()];
      expect(rebuilt(a, b)).toBe(b);
    }
  });

  it("are one for each run of changed lines", () => {
    expect(lineChanges("a\nb\nc\nd\ne\n", "a\nB\nc\nD\ne\n")).toHaveLength(2);
    expect(lineChanges("", "a\nb\n")).toHaveLength(1);
    expect(lineChanges("a\n", "a\n")).toHaveLength(0);
  });
});
