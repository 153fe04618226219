// An execution and its log, followed live: stored events first, then new ones; a broken stream begins anew.

import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { get, path, Refused, sentence } from "@/service/call";
import { follow, type Link } from "@/service/stream";
import type { Execution, LogEntry } from "@/service/types";
import { ended } from "@/state";

export interface Live {
  execution: ShallowRef<Execution | null>;
  problem: Ref<string>;
  link: Ref<Link>;
  again: () => void;
}

/** Follow the execution with the id, also when the id changes. */
export function useExecution(id: () => string): Live {
  const execution = shallowRef<Execution | null>(null);
  const problem = ref("");
  const link = ref<Link>("open");
  let stop = (): void => {};

  async function open(): Promise<void> {
    stop();
    const wanted = id();
    if (!wanted) return;
    problem.value = "";
    try {
      const found = await get<Execution>(path`/executions/${wanted}`);
      if (wanted !== id()) return;
      execution.value = found;
      if (ended(found.state.current)) {
        link.value = "ended";
        return;
      }
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 0) {
        problem.value = sentence(error);
        return;
      }
    }
    stop = follow(
      path`/executions/${wanted}/follow`,
      (name, data) => {
        if (wanted !== id()) return;
        if (name === "progress" || name === "end") execution.value = data as Execution;
        if (name === "error") problem.value = data.message;
      },
      (state) => (link.value = state),
    );
  }

  watch(id, () => {
    execution.value = null;
    void open();
  });
  void open();
  onBeforeUnmount(() => stop());
  return { execution, problem, link, again: () => void open() };
}

export interface LiveLog {
  entries: ShallowRef<LogEntry[]>;
  link: Ref<Link>;
}

/**
 * Follow the log of an execution; entries come in the order of their index, each once. A stream that closes when
 * `over()` is complete: the service ends it with the execution.
 */
export function useLog(id: () => string, version: () => unknown, over: () => boolean): LiveLog {
  const entries = shallowRef<LogEntry[]>([]);
  const link = ref<Link>("open");
  let stop = (): void => {};
  let last = -1;
  let frame = 0;
  let fresh: LogEntry[] = [];

  function open(): void {
    stop();
    cancelAnimationFrame(frame);
    frame = 0;
    last = -1;
    fresh = [];
    entries.value = [];
    if (!id()) return;
    stop = follow(
      path`/logs/${id()}/follow`,
      (name, data) => {
        if (name === "broken" && over()) {
          stop();
          link.value = "ended";
        }
        if (name !== "progress") return;
        const entry = data as LogEntry;
        if ((entry.index ?? Infinity) <= last) return;
        last = entry.index ?? last;
        fresh.push(entry);
        // Thousands of lines arrive in one burst; they are drawn once for each frame.
        if (!frame) frame = requestAnimationFrame(draw);
      },
      (state) => (link.value = state),
    );
  }

  function draw(): void {
    frame = 0;
    entries.value = entries.value.concat(fresh);
    fresh = [];
  }

  watch([id, version], open);
  open();
  onBeforeUnmount(() => {
    stop();
    cancelAnimationFrame(frame);
  });
  return { entries, link };
}

/** The present moment, moving while something runs. */
export function useNow(moving: () => boolean): Ref<number> {
  const now = ref(Date.now());
  const timer = setInterval(() => {
    if (moving() && !document.hidden) now.value = Date.now();
  }, 250);
  onBeforeUnmount(() => clearInterval(timer));
  return now;
}
