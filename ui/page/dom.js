// Small ways to build the page: elements without markup strings, so text can never become code.

/** Return an element: `h("div", {class: "row", onclick: f}, "text", child)`. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Return the element with this id. */
export function $(id) {
  return document.getElementById(id);
}

/** Replace what is inside an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
}

/** Mark one tab of a row as chosen. */
export function choose(tabs, view) {
  for (const tab of tabs.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.view === view));
  }
}

/** Return a state as a coloured pill. */
export function pill(state) {
  return h("span", { class: `pill ${tone(state)}` }, state);
}

/** Return the colour family of a state. */
export function tone(state) {
  if (["SUCCESS", "SKIPPED"].includes(state)) return "good";
  if (["WARNING", "PAUSED", "RETRYING", "RETRIED", "QUEUED"].includes(state)) return "warn";
  if (["FAILED", "KILLED", "KILLING", "CANCELLED"].includes(state)) return "bad";
  return "live";
}

/** Write a length of time: `1.2 s`, `3 min 4 s`. */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Write a date of the recent past. */
export function ago(text) {
  const seconds = (Date.now() - Date.parse(text)) / 1000;
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(text).toLocaleDateString();
}
