// The draft in the middle: YAML with colours, differences, findings, and the one button that saves.

import { Refused, call, get } from "./api.js";
import { $, choose, fill, h } from "./dom.js";
import { inline } from "./markdown.js";
import { difference, paintLine } from "./yaml.js";

const state = {
  view: "yaml",
  before: "", // the saved text, empty for a new flow
  revision: 0, // of the saved flow, 0 for a new one
  draft: null, // {id, hash, yaml} of the copilot, null for text opened or written by hand
  namespace: "",
  flowId: "",
  valid: false,
  findings: [],
  checking: 0,
};
let saved = () => {};
let named = () => {};

/** Wire the pane; `onsaved(flow)` is called after a save, `onname(name)` when another text is shown. */
export function setUpDraft(onsaved, onname) {
  saved = onsaved;
  named = onname;
  $("yaml").addEventListener("input", edited);
  $("yaml").addEventListener("scroll", scrolled);
  $("yaml").addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.shiftKey) return;
    event.preventDefault();
    document.execCommand("insertText", false, "  ");
  });
  $("draft-tabs").addEventListener("click", (event) => {
    if (event.target.dataset.view) show(event.target.dataset.view);
  });
  $("copy").addEventListener("click", () => navigator.clipboard?.writeText($("yaml").value));
  $("discard").addEventListener("click", discard);
  $("accept").addEventListener("click", accept);
}

/** Show a saved flow for reading and editing. */
export function openFlow(flow) {
  know(flow);
  put(flow.source);
  title(`${flow.namespace}.${flow.id}`, `revision ${flow.revision}`, "");
  show("yaml");
  check();
}

/** Show text while it is being written. */
export function stream(text) {
  put(text);
  title("Drafting …", "", "");
  $("accept").disabled = true;
}

/** Show a draft of the copilot: its text, findings and differences to what is saved. */
export async function openDraft(draft) {
  const namespace = written(draft.yaml, "namespace");
  const flowId = written(draft.yaml, "id");
  const saved = await savedFlow(namespace, flowId);
  const { source = "", revision = 0 } = saved || {};
  Object.assign(state, { draft, namespace, flowId, before: source, revision });
  put(draft.yaml);
  title(flowId ? `${namespace}.${flowId}` : "Draft", saved ? "change" : "new flow", "live");
  findings(draft.findings || [], draft.valid);
  show(saved ? "diff" : "yaml");
  check();
}

/** Return the text in the editor and whose flow it is. */
export function current() {
  return { yaml: $("welcome").hidden ? $("yaml").value : "", ...state };
}

function know(flow) {
  const { source, namespace, id, revision } = flow;
  Object.assign(state, { before: source, revision, draft: null, namespace, flowId: id });
}

function written(yaml, key) {
  const match = new RegExp(`^${key}:[ \\t]*["']?([\\w.-]+)`, "m").exec(yaml);
  return match ? match[1] : "";
}

async function savedFlow(namespace, flowId) {
  if (!namespace || !flowId) return null;
  try {
    return await get(`/flows/${encodeURIComponent(namespace)}/${encodeURIComponent(flowId)}?source=true`);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

function put(text) {
  $("welcome").hidden = true;
  $("draft-actions").hidden = false;
  $("yaml").value = text;
  paint();
  show(state.view);
}

function title(text, note, kind) {
  $("draft-title").textContent = text;
  $("draft-state").textContent = note;
  $("draft-state").className = `pill ${kind}`;
  $("draft-state").hidden = !note;
  named($("welcome").hidden ? text : "");
}

function show(view) {
  state.view = view;
  choose($("draft-tabs"), view);
  const empty = !$("welcome").hidden;
  $("editor").hidden = empty || view !== "yaml";
  $("diff").hidden = empty || view !== "diff";
  if (view === "diff") drawDiff();
}

function paint() {
  const lines = $("yaml").value.split("\n");
  const marks = new Map(state.findings.filter((one) => one.line).map((one) => [one.line, one.severity]));
  fill(
    $("paint"),
    lines.flatMap((line, index) => {
      const mark = marks.get(index + 1);
      return [h("span", { class: mark ? `line marked ${mark.toLowerCase()}` : "line" }, ...paintLine(line), "\n")];
    }),
  );
  $("gutter").textContent = lines.map((_, index) => index + 1).join("\n");
  scrolled();
}

function scrolled() {
  const { scrollTop, scrollLeft } = $("yaml");
  $("paint").style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
  $("gutter").style.transform = `translateY(${-scrollTop}px)`;
}

function drawDiff() {
  const lines = difference(state.before, $("yaml").value);
  const changed = lines.filter((line) => line.kind !== "same").length;
  if (!changed) {
    fill($("diff"), h("p", { class: "quiet" }, "Nothing differs from what is saved."));
    return;
  }
  fill($("diff"), h("div", { class: "diff-lines" }, folded(lines).map(diffLine)));
}

function diffLine(line) {
  if (line.kind === "fold") return h("div", { class: "fold" }, `${line.count} unchanged lines`);
  const sign = { same: " ", add: "+", drop: "−" }[line.kind];
  return h(
    "div",
    { class: `diff-line ${line.kind}` },
    h("span", { class: "number" }, String(line.before ?? "")),
    h("span", { class: "number" }, String(line.after ?? "")),
    h("span", { class: "sign" }, sign),
    h("span", { class: "content" }, ...paintLine(line.text)),
  );
}

function folded(lines) {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - 3), i + 4).some((line) => line.kind !== "same"));
  const shown = [];
  for (let i = 0; i < lines.length; i++) {
    if (near[i]) {
      shown.push(lines[i]);
      continue;
    }
    let end = i;
    while (end < lines.length && !near[end]) end++;
    shown.push({ kind: "fold", count: end - i });
    i = end - 1;
  }
  return shown;
}

function findings(list, valid) {
  state.findings = list;
  state.valid = valid;
  $("findings").hidden = !list.length;
  fill($("findings"), list.map(findingRow));
  const edited = !reviewed();
  $("accept").textContent = edited ? "Save" : "Accept";
  const same = state.before === $("yaml").value;
  $("accept").disabled = !valid || same;
  $("draft-hint").textContent = !valid
    ? state.draft?.placeholders?.length && reviewed()
      ? `Still open: ${state.draft.placeholders.join("; ")}`
      : "A draft with errors cannot be accepted"
    : same
      ? "Saved"
      : edited
        ? "Saves your own text as the next revision"
        : "Nothing runs until you accept";
  paint();
}

function findingRow(finding) {
  const go = () => {
    show("yaml");
    const lines = $("yaml").value.split("\n");
    const start = lines.slice(0, (finding.line || 1) - 1).reduce((sum, line) => sum + line.length + 1, 0);
    $("yaml").focus();
    $("yaml").setSelectionRange(start, start + (lines[(finding.line || 1) - 1] || "").length);
  };
  const apply = () => {
    const text = Array.from($("yaml").value);
    const { start, end, text: replacement } = finding.fix;
    $("yaml").value = [...text.slice(0, start), replacement, ...text.slice(end)].join("");
    edited();
  };
  return h(
    "li",
    { class: `finding ${finding.severity.toLowerCase()}` },
    h("button", { class: "where", type: "button", onclick: go }, finding.line ? `line ${finding.line}` : "flow"),
    h(
      "span",
      { class: "what" },
      finding.path ? h("code", {}, finding.path) : null,
      " ",
      ...inline(finding.message),
      finding.suggestion ? h("span", { class: "suggestion" }, " — ", ...inline(finding.suggestion)) : null,
    ),
    finding.fix ? h("button", { class: "fix", type: "button", onclick: apply }, finding.fix.title || "Fix") : null,
  );
}

function edited() {
  paint();
  $("accept").disabled = true;
  clearTimeout(state.timer);
  state.timer = setTimeout(check, 250);
}

async function check() {
  const asked = ++state.checking;
  const text = $("yaml").value;
  try {
    const answer = await call("POST", "/flows/validate/findings", { text });
    if (asked !== state.checking || text !== $("yaml").value) return;
    const open = reviewed() && !state.draft.valid;
    findings(answer.findings, answer.valid && !open);
  } catch (error) {
    $("draft-hint").textContent = error.message;
  }
}

function discard() {
  const { before } = state;
  if (before && $("yaml").value !== before) {
    state.draft = null;
    put(before);
    check();
    return;
  }
  Object.assign(state, { before: "", revision: 0, draft: null, namespace: "", flowId: "", findings: [], view: "yaml" });
  $("yaml").value = "";
  $("welcome").hidden = false;
  $("draft-actions").hidden = true;
  $("findings").hidden = true;
  title("Draft", "", "");
  show("yaml");
}

async function accept() {
  $("accept").disabled = true;
  const text = $("yaml").value;
  try {
    const { draft, revision } = state;
    const flow = reviewed()
      ? await call("POST", `/copilot/drafts/${draft.id}/accept`, { json: { hash: draft.hash, revision } })
      : await save(text);
    know(flow);
    title(`${flow.namespace}.${flow.id}`, `revision ${flow.revision}`, "good");
    findings(state.findings, true);
    show("yaml");
    saved(flow);
  } catch (error) {
    $("draft-hint").textContent = error.message;
    $("draft-hint").classList.add("bad");
    setTimeout(() => $("draft-hint").classList.remove("bad"), 4000);
  }
}

/** Tell whether the editor shows the copilot's draft itself, unchanged. */
function reviewed() {
  return Boolean(state.draft) && state.draft.yaml === $("yaml").value;
}

async function save(text) {
  const { namespace, flowId, before } = state;
  if (before) {
    const path = `/flows/${encodeURIComponent(namespace)}/${encodeURIComponent(flowId)}`;
    return call("PUT", path, { text });
  }
  return call("POST", "/flows", { text });
}
