import { expect, test } from "vitest";

import { formatted } from "@/editor/format";

test("indentation is mended; comments, quotes, spellings and blocks stay", async () => {
  const text = `id:   demo # the name
namespace: 'company.team'

tasks:
- id: a
  type: x.Log
  # why
  message: "{{ outputs.b.uri }}"
  level: {a: 1.0,   b: yes}
  sql: |
    SELECT 1

      AS one
triggers:
    - id: t
      cron: "0 7 * * *"
      when: 0x1F
`;
  const found = await formatted(text);
  expect(found).toContain("id: demo # the name\nnamespace: 'company.team'\n\ntasks:\n  - id: a\n");
  expect(found).toContain("    # why\n    message: \"{{ outputs.b.uri }}\"\n    level: {a: 1.0, b: yes}\n");
  expect(found).toContain("    sql: |\n      SELECT 1\n\n        AS one\n");
  expect(found).toContain("triggers:\n  - id: t\n    cron: \"0 7 * * *\"\n    when: 0x1F\n");
  expect(await formatted(found)).toBe(found);
});

test("what does not parse is told and stays", async () => {
  await expect(formatted("a: [1, 2\nb: {")).rejects.toThrow("Not formatted");
});
