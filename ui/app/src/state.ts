// States of executions and task runs: their tone, and which are final.

export type Tone = "good" | "bad" | "warn" | "live" | "idle";

const TONES: Record<string, Tone> = {
  SUCCESS: "good",
  FAILED: "bad",
  WARNING: "warn",
  KILLED: "warn",
  KILLING: "warn",
  PAUSED: "warn",
  CANCELLED: "warn",
  RETRYING: "warn",
  RETRIED: "warn",
  RUNNING: "live",
  RESTARTED: "live",
  RESUBMITTED: "live",
  SUBMITTED: "live",
  CREATED: "idle",
  QUEUED: "idle",
  SKIPPED: "idle",
};
const FINAL = new Set(["SUCCESS", "FAILED", "WARNING", "KILLED", "CANCELLED", "RETRIED", "SKIPPED"]);

/** All states an execution can be searched by. */
export const STATES = ["CREATED", "QUEUED", "RUNNING", "PAUSED", "SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"];

/** Return the tone a state is shown in. */
export const tone = (state: string | undefined): Tone => TONES[state ?? ""] ?? "idle";

/** Tell whether a state is final. */
export const ended = (state: string | undefined): boolean => FINAL.has(state ?? "");
