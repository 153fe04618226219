// One execution while it runs: states, a small Gantt, logs, outputs.

import { call, follow } from "./api.js";
import { duration, fill, h, pill, tone } from "./dom.js";

let stop = () => {};

/** Stop following what is shown. */
export function leaveExecution() {
  stop();
  stop = () => {};
}

/** Show an execution in `panel` and follow it to its end. */
export function showExecution(panel, execution, back) {
  leaveExecution();
  const view = new View(execution, back);
  fill(panel, view.element);
  const { id } = execution;
  const ends = [
    follow(`/executions/${id}/follow`, (name, data) => {
      if (name === "progress" || name === "end") view.update(data);
    }),
    follow(`/logs/${id}/follow`, (name, data) => {
      if (name === "progress") view.log(data);
    }),
  ];
  const timer = setInterval(() => view.tick(), 500);
  stop = () => {
    ends.forEach((end) => end());
    clearInterval(timer);
  };
}

class View {
  constructor(execution, back) {
    this.execution = execution;
    this.opened = new Set();
    this.state = h("span", { class: "state", id: "execution-state" });
    this.time = h("span", { class: "quiet" });
    this.kill = h("button", { type: "button", class: "danger", onclick: () => this.end() }, "Kill");
    this.gantt = h("div", { class: "gantt", id: "gantt" });
    this.logs = h("div", { class: "logs", id: "logs" });
    this.outputs = h("div", { class: "outputs", id: "outputs" });
    this.element = h(
      "div",
      { class: "execution" },
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "link", onclick: back }, "‹ Back"),
        h("strong", { class: "ellipsis" }, `${execution.namespace}.${execution.flowId}`),
      ),
      h("div", { class: "row" }, this.state, this.time, h("span", { class: "grow" }), this.kill),
      h("div", { class: "row quiet mono" }, execution.id),
      h("h3", {}, "Tasks"),
      this.gantt,
      h("h3", {}, "Logs"),
      this.logs,
      this.outputs,
    );
    if (execution.state) this.update(execution);
  }

  update(execution) {
    this.execution = execution;
    fill(this.state, pill(execution.state.current));
    this.kill.hidden = Boolean(execution.state.endDate);
    this.tick(true);
    this.drawOutputs();
  }

  tick(changed = false) {
    const { state } = this.execution;
    if (!state || (state.endDate && !changed)) return;
    const end = state.endDate ? Date.parse(state.endDate) : Date.now();
    this.time.textContent = duration(end - Date.parse(state.startDate));
    this.drawGantt(Date.parse(state.startDate), Math.max(end, Date.parse(state.startDate) + 1));
  }

  drawGantt(start, end) {
    const runs = this.execution.taskRunList || [];
    const shown = runs.slice(0, 200);
    const depth = depths(runs);
    fill(
      this.gantt,
      shown.map((run) => this.bar(run, start, end, depth.get(run.id))),
      runs.length > shown.length ? h("p", { class: "quiet" }, `… and ${runs.length - shown.length} more`) : null,
      runs.length ? null : h("p", { class: "quiet" }, "Nothing has started yet."),
    );
  }

  bar(run, start, end, depth) {
    const from = Date.parse(run.state.startDate);
    const to = run.state.endDate ? Date.parse(run.state.endDate) : end;
    const bar = h("span", { class: `bar-fill ${tone(run.state.current)}` });
    bar.style.left = `${(100 * (from - start)) / (end - start)}%`;
    bar.style.width = `${Math.max(1.5, (100 * (to - from)) / (end - start))}%`;
    const name = h("span", { class: "task" }, run.taskId, run.value ? h("span", { class: "quiet" }, ` ${run.value}`) : null);
    name.style.paddingLeft = `${depth * 12}px`;
    return h(
      "div",
      { class: "gantt-row", "data-task": run.taskId, "data-state": run.state.current, title: run.state.current },
      name,
      h("span", { class: "track" }, bar),
      h("span", { class: "took" }, duration(to - from)),
      pill(run.state.current),
    );
  }

  drawOutputs() {
    const blocks = [];
    if (this.execution.outputs && Object.keys(this.execution.outputs).length) {
      blocks.push(this.block("flow", "Flow outputs", this.execution.outputs, true));
    }
    for (const run of this.execution.taskRunList || []) {
      if (run.outputs && Object.keys(run.outputs).length) {
        const name = run.value ? `${run.taskId} · ${run.value}` : run.taskId;
        blocks.push(this.block(run.id, name, run.outputs, false));
      }
    }
    fill(this.outputs, blocks.length ? h("h3", {}, "Outputs") : null, blocks);
  }

  block(key, name, value, open) {
    const files = [];
    collectFiles(value, files);
    const details = h(
      "details",
      { open: open || this.opened.has(key) },
      h("summary", {}, name),
      h("pre", { class: "code" }, JSON.stringify(value, null, 2)),
      files.map((uri) => this.fileRow(uri)),
    );
    details.addEventListener("toggle", () => (details.open ? this.opened.add(key) : this.opened.delete(key)));
    return details;
  }

  fileRow(uri) {
    const path = `/executions/${this.execution.id}/file`;
    const query = `?path=${encodeURIComponent(uri)}`;
    const shown = h("div", { class: "preview" });
    const preview = async () => {
      try {
        fill(shown, table(await call("GET", `${path}/preview${query}&maxRows=20`)));
      } catch (error) {
        fill(shown, h("p", { class: "problem" }, error.message));
      }
    };
    return h(
      "div",
      { class: "file" },
      h("span", { class: "ellipsis mono" }, uri.split("/").pop()),
      h("button", { type: "button", class: "link", onclick: preview }, "Preview"),
      h("a", { href: `/api/v1/main${path}${query}`, download: "" }, "Download"),
      shown,
    );
  }

  log(entry) {
    const bottom = this.logs.scrollHeight - this.logs.scrollTop - this.logs.clientHeight < 24;
    this.logs.append(
      h(
        "div",
        { class: `log ${entry.level.toLowerCase()}` },
        h("time", {}, entry.timestamp.slice(11, 23)),
        h("span", { class: "level" }, entry.level),
        entry.taskId ? h("span", { class: "log-task" }, entry.taskId) : null,
        h("span", { class: "text" }, entry.message),
      ),
    );
    if (bottom) this.logs.scrollTop = this.logs.scrollHeight;
  }

  async end() {
    this.kill.disabled = true;
    try {
      await call("DELETE", `/executions/${this.execution.id}/kill`);
    } catch (error) {
      this.time.textContent = error.message;
      this.kill.disabled = false;
    }
  }
}

function depths(runs) {
  const known = new Map();
  for (const run of runs) known.set(run.id, run.parentTaskRunId ? (known.get(run.parentTaskRunId) ?? 0) + 1 : 0);
  return known;
}

function collectFiles(value, found) {
  if (typeof value === "string" && value.startsWith("kestra:///")) found.push(value);
  else if (value && typeof value === "object") Object.values(value).forEach((item) => collectFiles(item, found));
}

function table(preview) {
  if (preview.type !== "LIST" || !preview.content.length || typeof preview.content[0] !== "object") {
    const text = typeof preview.content === "string" ? preview.content : JSON.stringify(preview.content, null, 2);
    return h("pre", { class: "code" }, text);
  }
  const columns = [...new Set(preview.content.flatMap((row) => Object.keys(row)))];
  const cell = (value) => (value && typeof value === "object" ? JSON.stringify(value) : String(value ?? ""));
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", {}, column)))),
    h("tbody", {}, preview.content.map((row) => h("tr", {}, columns.map((column) => h("td", {}, cell(row[column])))))),
  );
}
