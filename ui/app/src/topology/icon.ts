// A picture for a task's type, by its group.

const BY_PREFIX: [RegExp, string][] = [
  [/\.trigger\.Schedule/, "calendar"],
  [/\.trigger\./, "clock"],
  [/plugin\.ai\./, "ai"],
  [/core\.flow\.(ForEach|LoopUntil|Loop)/, "loop"],
  [/core\.flow\.(If|Switch)/, "branch"],
  [/core\.flow\.Pause/, "pause"],
  [/core\.flow\.Sleep/, "clock"],
  [/core\.flow\./, "flow"],
  [/core\.http\./, "globe"],
  [/core\.(log|debug)\./, "lines"],
  [/core\.kv\./, "key"],
  [/core\.(storage|namespace)\./, "folder"],
  [/plugin\.(jdbc|duckdb|postgres|dbt)/, "data"],
  [/plugin\.scripts\./, "code"],
  [/plugin\.(gcp|aws|azure)/, "cloud"],
  [/plugin\.(notifications|email|slack)/, "mail"],
  [/plugin\.git/, "branch"],
  [/plugin\.(serdes|compress|fs|transform)/, "file"],
];

/** Return the name of the icon of a type. */
export function iconOf(type: string): string {
  return BY_PREFIX.find(([pattern]) => pattern.test(type))?.[1] ?? "cube";
}
