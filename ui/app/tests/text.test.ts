import { describe, expect, it } from "vitest";

import { diagnostic } from "@/editor/language";
import { ago, lasted, length } from "@/moment";
import { markdown } from "@/parts/markdown";
import { path, query } from "@/service/call";
import { take, type Turn } from "@/studio/conversation";

describe("Markdown", () => {
  it("never becomes markup of the page", () => {
    const html = markdown('<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![pic](https://a.b/c.png)\n\n|a|\n|:-:|\n|<b>x</b>|');
    expect(html).not.toMatch(/<img|<b>|href="javascript|style=/);
    expect(html).toContain("&lt;img");
  });

  it("turns only cited numbers into buttons", () => {
    const html = markdown("one [1] two [2]", new Set([1]));
    expect(html).toContain('data-cite="1"');
    expect(html).toContain("[2]");
    expect(markdown("```yaml\na: 1\n``` [1]\n\nend", new Set([1]))).toMatch(/<\/pre>[^]*data-cite="1"[^]*<p>end/);
  });
});

describe("addresses", () => {
  it("make every part safe", () => {
    expect(path`/flows/${"a/b"}/${"c d"}`).toBe("/flows/a%2Fb/c%20d");
    expect(query({ a: "", b: undefined, c: ["1", "2"], "filters[q][EQUALS]": "x y" })).toBe("?c=1&c=2&filters%5Bq%5D%5BEQUALS%5D=x+y");
  });
});

describe("times", () => {
  it.each([[430, "430 ms"], [12_400, "12 s"], [4200, "4.2 s"], [184_000, "3 min 04 s"], [7_500_000, "2 h 05 min"], [-1, "–"]])("%d ms are %s", (ms, text) => {
    expect(length(ms)).toBe(text);
  });

  it("are told from now", () => {
    const now = Date.parse("2026-01-31T12:00:00Z");
    expect(ago("2026-01-31T11:57:00Z", now)).toBe("3 minutes ago");
    expect(ago("2026-02-01T12:00:00Z", now)).toBe("tomorrow");
    expect(lasted({ startDate: "2026-01-31T11:59:59Z" }, now)).toBe(1000);
  });
});

describe("findings", () => {
  it("mark a place inside the text, also when the text has shrunk", () => {
    const one = diagnostic(10, { code: "x", message: "bad", path: "", line: 1, severity: "ERROR", from: 8, to: 40, suggestion: "write y" });
    expect([one.from, one.to, one.severity, one.message]).toEqual([8, 10, "error", "bad — write y"]);
  });
});

describe("a turn", () => {
  it("collects its events", () => {
    const turn = { mode: "ask", steps: [], notes: [], mended: [], citations: [], chips: [], text: "", closing: "", planner: "", status: "running" } as unknown as Turn;
    const drafts: unknown[] = [];
    const event = (name: string, data: unknown): void => take(turn, name, data, (draft) => drafts.push(draft));
    event("context", { turnId: "t", mode: "edit", chips: [] });
    event("plan", { planner: "rules", plan: { steps: [{ id: "a" }] }, notes: ["n"] });
    event("token", { text: "Hel" });
    event("token", { text: "lo" });
    event("draft", { draft: { id: "d", valid: true } });
    event("done", { text: "Drafted" });
    expect(turn).toMatchObject({ id: "t", planner: "rules", text: "Hello", draftId: "d", valid: true, status: "done", closing: "Drafted", notes: ["n"] });
    expect(drafts).toHaveLength(1);
    event("error", { message: "no", missing: ["x"] });
    expect(turn).toMatchObject({ status: "failed", problem: "no (missing: x)" });
  });
});
