// The conversation with the copilot: turns as they stream in, kept by the service and loaded again after a reload.

import { computed, reactive, ref } from "vue";

import { keep, recall } from "@/kept";
import { call, get, path, Refused, sentence } from "@/service/call";
import { converse } from "@/service/stream";
import type { Chip, Citation, Draft, Finding, Json } from "@/service/types";

export type Mode = "edit" | "ask" | "plan" | "fix";

export interface Step {
  id?: string;
  type?: string;
  op?: string;
  target?: string;
  path?: string;
  because?: string;
}

export interface Usage {
  model: string;
  inputTokens: number;
  outputTokens: number;
  calls: number;
  cost?: number;
}

export interface Turn {
  id: string;
  mode: Mode;
  words: string;
  status: "running" | "done" | "failed" | "stopped";
  progress: string;
  planner: string;
  steps: Step[];
  notes: string[];
  mended: Finding[];
  text: string;
  closing: string;
  citations: Citation[];
  chips: Chip[];
  draftId: string;
  valid: boolean | null;
  problem: string;
  usage: Usage | null;
  judged: boolean | null;
}

interface StoredTurn {
  id: string;
  mode: Mode;
  words: string;
  outcome: string;
  text: string;
  draftId?: string;
  draft_id?: string;
  plan?: { steps?: Step[]; operations?: Step[]; notes?: string[] };
  chips?: Chip[];
  model?: string;
  calls?: number;
  inputTokens?: number;
  outputTokens?: number;
  feedback?: { good: boolean } | null;
}

interface Stored {
  id: string;
  turns: StoredTurn[];
}

export interface Saying {
  words: string;
  mode: Mode;
  yaml?: string;
  namespace?: string;
  flowId?: string;
  executionId?: string;
  leaveOut?: string[];
  planTurn?: string;
}

export const turns = ref<Turn[]>([]);
export const running = computed(() => turns.value.some((one) => one.status === "running"));
export const tokens = computed(() => turns.value.reduce((sum, one) => sum + (one.usage ? one.usage.inputTokens + one.usage.outputTokens : 0), 0));

const BASE = "/copilot/conversations";
let conversation = "";
let subject = "";
let stopping: AbortController | undefined;

/** Open the conversation of a flow, or that of the flow which is not saved yet. */
export async function openConversation(namespace?: string, flowId?: string, afresh = false): Promise<void> {
  const about = namespace && flowId ? `${namespace}.${flowId}` : "";
  if (about === subject && conversation && !afresh) return;
  // The conversation a flow was drafted in goes on when the flow has been saved.
  if (about && !subject && turns.value.length && recall("conversation.saved-as", "") === about) {
    subject = about;
    keep(`conversation.${about}`, conversation);
    keep("conversation.new", null);
    return;
  }
  subject = about;
  turns.value = [];
  conversation = "";
  const known = afresh ? "" : recall(about ? `conversation.${about}` : "conversation.new", "");
  const found = known ? await stored(known) : null;
  if (subject !== about) return;
  if (found) {
    conversation = found.id;
    turns.value = found.turns.map(past);
  }
}

export interface Heading {
  id: string;
  title: string;
  updated: string;
  namespace?: string;
  flowId?: string;
}

/** List earlier conversations, the last used first. */
export async function earlier(): Promise<Heading[]> {
  return (await get<{ results: Heading[] }>(BASE)).results;
}

/** Go on with an earlier conversation, about the flow that is open now. */
export async function goOn(id: string): Promise<void> {
  const found = await get<Stored>(`${BASE}/${encodeURIComponent(id)}`);
  conversation = found.id;
  turns.value = found.turns.map(past);
  keep(subject ? `conversation.${subject}` : "conversation.new", conversation);
}

/** Forget a conversation with all that was said and sent in it. */
export async function forget(id: string): Promise<void> {
  await call("DELETE", `${BASE}/${encodeURIComponent(id)}`);
  if (id === conversation) {
    conversation = "";
    turns.value = [];
  }
}

/** Note that the flow under discussion has been saved under a name. */
export function savedAs(namespace: string, flowId: string): void {
  keep("conversation.saved-as", `${namespace}.${flowId}`);
}

async function stored(id: string): Promise<Stored | null> {
  try {
    return await get<Stored>(`${BASE}/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

async function begun(): Promise<string> {
  if (conversation) return conversation;
  const [namespace, flowId] = split(subject);
  const body = subject ? { namespace, flowId } : {};
  conversation = (await call<Stored>("POST", BASE, { json: body })).id;
  keep(subject ? `conversation.${subject}` : "conversation.new", conversation);
  return conversation;
}

function split(name: string): [string, string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** Say something; `drafted` gets the draft of the turn. Resolves when the turn has ended, however it did. */
export async function say(saying: Saying, drafted: (draft: Draft) => void): Promise<void> {
  const turn = reactive(fresh(saying.mode, saying.words));
  turns.value.push(turn);
  stopping = new AbortController();
  try {
    const id = await begun();
    await converse(`${BASE}/${id}/turns`, saying, (name, data) => take(turn, name, data, drafted), stopping.signal);
    if (turn.status === "running") turn.status = "done";
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") turn.status = "stopped";
    else {
      turn.status = "failed";
      turn.problem = sentence(error);
    }
  } finally {
    turn.progress = "";
  }
}

/** Stop the turn that runs. */
export function stop(): void {
  const turn = turns.value.find((one) => one.status === "running");
  if (turn?.id) void call("POST", path`/copilot/turns/${turn.id}/stop`).catch(() => {});
  stopping?.abort();
}

/** Return exactly what a turn sent to a model, call by call. */
export async function payloads(turn: Turn): Promise<Json[]> {
  return (await get<{ calls: Json[] }>(`${BASE}/${conversation}/turns/${encodeURIComponent(turn.id)}/payloads`)).calls;
}

/** Tell the service whether a turn was right, and what was wrong with it. */
export async function judge(turn: Turn, good: boolean, comment = ""): Promise<void> {
  turn.judged = good;
  await call("POST", `${BASE}/${conversation}/turns/${encodeURIComponent(turn.id)}/feedback`, { json: { good, comment } });
}

function fresh(mode: Mode, words: string): Turn {
  return {
    id: "",
    mode,
    words,
    status: "running",
    progress: mode === "ask" ? "Reading the documents …" : mode === "fix" ? "Looking at the failed task …" : "Planning …",
    planner: "",
    steps: [],
    notes: [],
    mended: [],
    text: "",
    closing: "",
    citations: [],
    chips: [],
    draftId: "",
    valid: null,
    problem: "",
    usage: null,
    judged: null,
  };
}

/** Take one event of a turn. */
export function take(turn: Turn, name: string, data: any, drafted: (draft: Draft) => void): void {
  switch (name) {
    case "context":
      turn.id = data.turnId;
      turn.mode = data.mode;
      turn.chips = data.chips;
      break;
    case "plan":
      turn.planner = data.planner;
      turn.steps = data.plan?.steps ?? data.plan?.operations ?? [];
      turn.notes = data.notes ?? [];
      turn.progress = "Writing the flow …";
      break;
    case "finding":
      turn.progress = data.fixed ? `Mended: ${data.message}` : `Checking: ${data.message}`;
      if (data.fixed) turn.mended.push(data);
      break;
    case "draft":
      turn.draftId = data.draft.id;
      turn.valid = data.draft.valid;
      turn.planner ||= data.draft.planner;
      turn.progress = "";
      drafted(data.draft as Draft);
      break;
    case "token":
      turn.progress = "";
      turn.text += data.text;
      break;
    case "citation":
      turn.citations.push(data);
      break;
    case "usage":
      turn.usage = data;
      break;
    case "done":
      if (!turn.text && turn.mode === "ask") turn.text = data.text;
      else if (data.text !== turn.text) turn.closing = data.text;
      turn.status = "done";
      break;
    case "error":
      turn.status = "failed";
      turn.problem = data.missing?.length ? `${data.message} (missing: ${data.missing.join(", ")})` : data.message;
      break;
  }
}

function past(one: StoredTurn): Turn {
  const asked = one.mode === "ask";
  const calls = one.calls ?? 0;
  return {
    ...fresh(one.mode, one.words),
    id: one.id,
    status: one.outcome === "done" ? "done" : one.outcome === "stopped" ? "stopped" : "failed",
    progress: "",
    problem: one.outcome === "done" || one.outcome === "stopped" ? "" : one.text || `This turn ended: ${one.outcome}`,
    planner: calls ? (one.model ?? "") : "rules",
    steps: one.plan?.steps ?? one.plan?.operations ?? [],
    notes: one.plan?.notes ?? [],
    text: asked ? one.text : "",
    closing: asked || one.outcome !== "done" ? "" : one.text,
    chips: one.chips ?? [],
    draftId: one.draftId ?? one.draft_id ?? "",
    usage: calls ? { model: one.model ?? "", inputTokens: one.inputTokens ?? 0, outputTokens: one.outputTokens ?? 0, calls } : null,
    judged: one.feedback?.good ?? null,
  };
}
