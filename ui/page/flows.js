// The right side: flows, their run form, executions.

import { Refused, call, get } from "./api.js";
import { $, ago, choose, fill, h, pill } from "./dom.js";
import { openFlow } from "./draft.js";
import { leaveExecution, showExecution } from "./execution.js";
import { fields, valuesOf } from "./form.js";

let view = "flows";

/** Wire the pane and show the flows. */
export function setUpFlows() {
  $("run-tabs").addEventListener("click", (event) => {
    if (event.target.dataset.view) show(event.target.dataset.view);
  });
  let timer;
  $("find").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => show(view), 200);
  });
}

/** Show the list of flows or of executions. */
export async function show(which) {
  view = which;
  leaveExecution();
  choose($("run-tabs"), which);
  const q = encodeURIComponent($("find").value.trim());
  try {
    if (which === "flows") listFlows(await get(`/flows/search?size=100&sort=namespace:asc&q=${q}`));
    else listExecutions(await get(`/executions/search?size=50&q=${q}`));
  } catch (error) {
    fill($("panel"), h("p", { class: "problem" }, error.message));
  }
}

function listFlows(page) {
  const rows = page.results.map((flow) =>
    h(
      "button",
      { type: "button", class: "item", onclick: () => openRun(flow.namespace, flow.id) },
      h("span", { class: "item-name" }, flow.id),
      h("span", { class: "quiet" }, flow.namespace),
      flow.description ? h("span", { class: "quiet description" }, flow.description.split("\n")[0]) : null,
      flow.disabled ? h("span", { class: "pill warn" }, "disabled") : null,
    ),
  );
  fill(
    $("panel"),
    rows.length ? h("div", { class: "list", id: "flow-list" }, rows) : h("p", { class: "quiet" }, "No flows yet."),
    page.total > rows.length ? h("p", { class: "quiet" }, `${page.total} flows; find narrows the list`) : null,
  );
}

function listExecutions(page) {
  const rows = page.results.map((execution) =>
    h(
      "button",
      { type: "button", class: "item", onclick: () => openExecution(execution) },
      h("span", { class: "item-name" }, execution.flowId),
      pill(execution.state.current),
      h("span", { class: "quiet" }, `${execution.namespace} · ${ago(execution.state.startDate)}`),
    ),
  );
  fill($("panel"), rows.length ? h("div", { class: "list" }, rows) : h("p", { class: "quiet" }, "Nothing has run yet."));
}

/** Show a flow: its text in the middle, its run form here. */
export async function openRun(namespace, id, { keepText = false } = {}) {
  leaveExecution();
  const path = `${encodeURIComponent(namespace)}/${encodeURIComponent(id)}`;
  const flow = await get(`/flows/${path}?source=true`);
  if (!keepText) openFlow(flow);
  const inputs = flow.inputs || [];
  const problem = h("p", { class: "problem" });
  const recent = h("div", { class: "recent" });
  const run = h("button", { class: "primary", type: "submit", id: "run", disabled: flow.disabled }, "Run");
  const form = h(
    "form",
    { class: "run-form", id: "run-form", novalidate: true },
    fields(inputs),
    inputs.length ? null : h("p", { class: "quiet" }, "This flow asks for no inputs."),
    problem,
    h("div", { class: "row" }, run),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    run.disabled = true;
    problem.textContent = "";
    try {
      const values = valuesOf(form, inputs);
      openExecution(await call("POST", `/executions/${path}`, inputs.length ? { form: values } : {}));
    } catch (error) {
      problem.textContent = error.message;
      run.disabled = false;
    }
  });
  fill(
    $("panel"),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", class: "link", onclick: () => show("flows") }, "‹ Flows"),
      h("strong", { class: "ellipsis" }, `${namespace}.${id}`),
    ),
    flow.description ? h("p", { class: "quiet" }, flow.description) : null,
    form,
    recent,
  );
  const page = await get(`/executions?namespace=${encodeURIComponent(namespace)}&flowId=${encodeURIComponent(id)}&size=8`);
  if (page.results.length) {
    fill(
      recent,
      h("h3", {}, "Recent executions"),
      page.results.map((execution) =>
        h(
          "button",
          { type: "button", class: "item", onclick: () => openExecution(execution) },
          pill(execution.state.current),
          h("span", { class: "quiet" }, ago(execution.state.startDate)),
        ),
      ),
    );
  }
}

function openExecution(execution) {
  const { namespace, flowId, id } = execution;
  history.replaceState(null, "", `/ui/main/executions/${namespace}/${flowId}/${id}`);
  showExecution($("panel"), execution, () => {
    history.replaceState(null, "", "/ui/");
    openRun(namespace, flowId, { keepText: true }).catch(() => show("executions"));
  });
}

/** Show what the address names: an execution or a flow. */
export async function openAddress(path) {
  const [, , , kind, namespace, flowId, id] = path.split("/").map(decodeURIComponent);
  try {
    if (kind === "executions" && id) openExecution(await get(`/executions/${encodeURIComponent(id)}`));
    else if (["flows", "executions"].includes(kind) && flowId) await openRun(namespace, flowId);
    else await show("flows");
  } catch (error) {
    await show("flows");
    if (error instanceof Refused) $("panel").prepend(h("p", { class: "problem" }, error.message));
  }
}
