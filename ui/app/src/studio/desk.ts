// The desk of the studio: the text being written, the flow it is saved as, and the draft under review.

import { computed, ref, shallowRef, watch } from "vue";

import { chosenHunks } from "@/editor/review";
import { keep, kept, recall } from "@/kept";
import { call, get, path, Refused } from "@/service/call";
import type { Draft, Finding, Flow } from "@/service/types";

interface Saved {
  namespace: string;
  id: string;
  revision: number;
  source: string;
}

interface Sheet {
  text: string;
  base: Saved | null;
  draft: Draft | null;
}

const NEW = "new";

/** Name under which unsaved work of a flow is kept in the browser. */
const sheetName = (saved: Saved | null): string => `sheet.${saved ? `${saved.namespace}.${saved.id}` : NEW}`;

export const text = ref("");
export const saved = shallowRef<Saved | null>(null);
export const draft = shallowRef<Draft | null>(null);
export const findings = shallowRef<Finding[]>([]);
export const valid = ref(false);
/** The text the findings were made for; another text is still being checked. */
export const checkedText = ref<string | null>(null);
export const unreachable = ref("");
export const changesLeft = ref(0);
/** The unsaved new flow that lay on the desk before another one was begun. */
export const aside = kept<Sheet | null>("sheet.aside", null);

export const dirty = computed(() => text.value !== (saved.value?.source ?? ""));
/** What the editor compares with while a draft is reviewed. */
export const compared = computed(() => (draft.value ? draft.value.baseYaml : null));
export const checking = computed(() => checkedText.value !== text.value && text.value.trim() !== "");
export const errors = computed(() => findings.value.filter((one) => one.severity === "ERROR"));

let timer: ReturnType<typeof setTimeout> | undefined;
let laid = false;
watch([text, draft, saved], () => {
  clearTimeout(timer);
  timer = setTimeout(keepSheet, 200);
});
window.addEventListener("pagehide", keepSheet);

function keepSheet(): void {
  // Before a sheet lies on the desk there is nothing to keep, and what is kept must not be taken for gone.
  if (!laid) return;
  const worth = dirty.value || draft.value;
  keep(sheetName(saved.value), worth ? { text: text.value, base: saved.value, draft: draft.value } : null);
}

/** Open a saved flow; unsaved work on it, if there is some, lies on the desk as it was left. */
export async function openFlow(namespace: string, id: string): Promise<void> {
  keepSheet();
  const flow = await get<Flow>(path`/flows/${namespace}/${id}` + "?source=true");
  put(known(flow), recall<Sheet | null>(`sheet.${namespace}.${id}`, null));
}

/** Open an empty desk, or the unsaved flow that lies there. */
export function openNew(afresh = false): void {
  keepSheet();
  const before = recall<Sheet | null>(`sheet.${NEW}`, null);
  if (afresh && before?.text.trim()) {
    aside.value = before;
    keep(`sheet.${NEW}`, null);
  }
  put(null, recall<Sheet | null>(`sheet.${NEW}`, null));
}

/** Change places: the flow put aside comes back, the one on the desk is put aside. */
export function bringBack(): void {
  const back = aside.value;
  if (!back) return;
  aside.value = text.value.trim() ? { text: text.value, base: null, draft: draft.value } : null;
  put(null, back);
}

function put(base: Saved | null, sheet: Sheet | null): void {
  laid = true;
  saved.value = base;
  draft.value = sheet?.draft ?? null;
  text.value = sheet?.text ?? base?.source ?? "";
  forgetFindings();
}

function known(flow: Flow): Saved {
  return { namespace: flow.namespace, id: flow.id, revision: flow.revision, source: flow.source ?? "" };
}

function forgetFindings(): void {
  findings.value = [];
  valid.value = false;
  checkedText.value = null;
}

/** Lay a draft on the desk for review. */
export function review(proposed: Draft): void {
  draft.value = proposed;
  text.value = proposed.yaml;
}

/** Leave the review; the text goes back to what the draft was made from. */
export function discard(): void {
  const before = draft.value?.baseYaml ?? saved.value?.source ?? "";
  draft.value = null;
  text.value = before;
}

/** Stop comparing but keep the text as it stands. */
export function keepText(): void {
  draft.value = null;
}

/**
 * Save what is on the desk: a draft by its acceptance, only with the chosen changes if some were rejected; a text
 * somebody has written in as the next revision. Throws Refused with the service's reason.
 */
export async function save(): Promise<Saved> {
  const flow = draft.value ? await accept(draft.value) : await saveText();
  const old = sheetName(saved.value);
  draft.value = null;
  saved.value = known(flow);
  text.value = saved.value.source;
  keep(old, null);
  return saved.value;
}

async function accept(proposed: Draft): Promise<Flow> {
  const chosen = chosenHunks(proposed.baseYaml, proposed.hunks, text.value);
  if (!chosen?.length) return saveText();
  const all = chosen.length === proposed.hunks.length;
  const final = all ? proposed : await call<Draft>("POST", path`/copilot/drafts/${proposed.id}/choose`, { json: { hunks: chosen } });
  const revision = saved.value?.revision ?? 0;
  return call<Flow>("POST", path`/copilot/drafts/${final.id}/accept`, { json: { hash: final.hash, revision } });
}

async function saveText(): Promise<Flow> {
  const base = saved.value;
  if (!base || written("id") !== base.id || written("namespace") !== base.namespace) {
    return call<Flow>("POST", "/flows", { text: text.value });
  }
  const now = await get<Flow>(path`/flows/${base.namespace}/${base.id}`);
  if (now.revision !== base.revision) {
    throw new Refused(
      409,
      `Somebody saved revision ${now.revision} meanwhile; this text was made from revision ${base.revision}. Copy your text, reload, and change it again.`,
    );
  }
  return call<Flow>("PUT", path`/flows/${base.namespace}/${base.id}`, { text: text.value });
}

/** Return a top-level value as written, like the id. */
export function written(key: string): string {
  return new RegExp(`^${key}:[ \\t]*["']?([\\w.-]+)`, "m").exec(text.value)?.[1] ?? "";
}
