// What can be done with an execution in a state, and the calls that do it.

import { call, path } from "@/service/call";
import type { Execution } from "@/service/types";
import { ended } from "@/state";

export type Action = "restart" | "replay" | "pause" | "resume" | "kill" | "force-run" | "delete" | "fix";

/** Return what makes sense for an execution, the likeliest first. */
export function actionsFor(execution: Execution): Action[] {
  const state = execution.state.current;
  if (state === "PAUSED") return ["resume", "kill"];
  if (state === "QUEUED") return ["force-run", "kill"];
  if (!ended(state)) return ["kill", "pause"];
  if (state === "FAILED") return ["fix", "restart", "replay", "delete"];
  if (state === "KILLED" || state === "CANCELLED") return ["restart", "replay", "delete"];
  if (state === "WARNING") return ["replay", "fix", "delete"];
  return ["replay", "delete"];
}

export const TITLES: Record<Action, { title: string; icon: string; hint: string }> = {
  restart: { title: "Restart", icon: "restart", hint: "Run the failed tasks again, keep what succeeded" },
  replay: { title: "Replay", icon: "replay", hint: "Repeat everything as a new execution" },
  pause: { title: "Pause", icon: "pause", hint: "Start nothing new until resumed" },
  resume: { title: "Resume", icon: "play", hint: "Go on after the pause" },
  kill: { title: "Kill", icon: "kill", hint: "Ask the execution to end" },
  "force-run": { title: "Run now", icon: "play", hint: "Do not wait any longer" },
  delete: { title: "Delete", icon: "trash", hint: "Remove the execution with its log and files" },
  fix: { title: "Fix this with the copilot", icon: "wand", hint: "Find out why, and draft the change that mends it" },
};

/** Do it; returns the execution to show, null when there is none any more. */
export async function act(execution: Execution, action: Exclude<Action, "fix" | "resume">, taskRunId?: string): Promise<Execution | null> {
  const at = path`/executions/${execution.id}`;
  if (action === "delete") return call<null>("DELETE", at);
  if (action === "kill") return call<Execution>("DELETE", `${at}/actions/kill`);
  const from = taskRunId ? `?taskRunId=${encodeURIComponent(taskRunId)}` : "";
  return call<Execution>("POST", `${at}/actions/${action}${from}`);
}
