// Log entries as rows of equal height: filtered, and broken at line ends and at the width of the list.

import type { Level, LogEntry } from "@/service/types";

export const LEVELS: Level[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

export interface LogRow {
  entry: LogEntry;
  text: string;
  /** Whether it is the first row of its entry. */
  head: boolean;
  key: string;
}

export interface LogFilter {
  level: Level;
  task: string;
  text: string;
}

/** Keep the entries of at least a level, of a task, that hold a text. */
export function filtered(entries: LogEntry[], { level, task, text }: LogFilter): LogEntry[] {
  const least = LEVELS.indexOf(level);
  const wanted = text.toLowerCase();
  return entries.filter(
    (one) => LEVELS.indexOf(one.level) >= least && (!task || one.taskId === task) && (!wanted || one.message.toLowerCase().includes(wanted)),
  );
}

/** Break entries into rows of at most `columns` characters. */
export function rowsOf(entries: LogEntry[], columns: number): LogRow[] {
  const rows: LogRow[] = [];
  entries.forEach((entry, index) => {
    let head = true;
    for (const line of (entry.message ?? "").split("\n")) {
      let start = 0;
      do {
        rows.push({ entry, text: line.slice(start, start + columns), head, key: `${entry.index ?? index}.${rows.length}` });
        head = false;
        start += columns;
      } while (start < line.length);
    }
  });
  return rows;
}
