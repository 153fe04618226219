// The chat on the left: words become a draft, questions become answers with their sources.

import { converse } from "./api.js";
import { $, fill, h } from "./dom.js";
import { current, openDraft, stream } from "./draft.js";
import { markdown } from "./markdown.js";

const EXAMPLES = [
  ["draft", "Every day at 7 download https://example.com/orders.csv, use DuckDB to sum amount by country and then log the rows"],
  ["draft", 'Ask for a name and log "Hello {{ inputs.name }}!"'],
  ["ask", "How do I pass a file from one task to the next?"],
];

let turn = null;
let subject = ""; // name of the flow that words change, empty for a new flow

/** Wire the chat. */
export function setUpChat() {
  const composer = $("composer");
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (turn) return turn.abort();
    const words = $("words").value.trim();
    if (words) send(composer.elements.mode.value, words);
  });
  $("words").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  composer.addEventListener("change", () => {
    $("words").placeholder =
      composer.elements.mode.value === "ask"
        ? "How do I retry a failed task?"
        : "Every morning at 7, download a CSV and load it into DuckDB …";
  });
  fill($("messages"), welcome());
}

/** Say which flow the words will change; it can be taken away to begin a new one. */
export function setSubject(name) {
  subject = name;
  $("context").hidden = !name;
  fill(
    $("context"),
    h("span", { class: "quiet" }, "Changes"),
    h("strong", { class: "ellipsis" }, name),
    h("button", { type: "button", class: "link", title: "Begin a new flow instead", onclick: () => setSubject("") }, "✕"),
  );
}

function welcome() {
  return h(
    "div",
    { class: "examples" },
    h("p", { class: "quiet" }, "Try one of these, or write your own:"),
    EXAMPLES.map(([mode, words]) =>
      h(
        "button",
        {
          type: "button",
          class: "example",
          onclick: () => {
            $("composer").elements.mode.value = mode;
            $("words").value = words;
            $("words").focus();
          },
        },
        h("span", { class: "tag" }, mode),
        words,
      ),
    ),
  );
}

async function send(mode, words) {
  $("messages").querySelector(".examples")?.remove();
  $("words").value = "";
  say("user", h("p", {}, words));
  const bubble = say("copilot");
  const reply = new Reply(bubble, mode);
  turn = new AbortController();
  busy(true);
  try {
    if (mode === "ask") {
      await converse("/copilot/ask", { question: words }, reply.receive, turn.signal);
    } else {
      const body = { words, yaml: (subject && current().yaml) || undefined };
      await converse("/copilot/draft", body, reply.receive, turn.signal);
    }
  } catch (error) {
    reply.fail(error.name === "AbortError" ? "Stopped." : error.message);
  } finally {
    turn = null;
    busy(false);
    reply.end();
  }
}

function busy(on) {
  $("send").textContent = on ? "■" : "↑";
  $("send").title = on ? "Stop" : "Send (Enter)";
  $("send").setAttribute("aria-label", on ? "Stop" : "Send");
}

function say(who, ...content) {
  const bubble = h("article", { class: `message ${who}` }, ...content);
  $("messages").append(bubble);
  bubble.scrollIntoView({ block: "end" });
  return bubble;
}

/** One answer while it arrives. */
class Reply {
  constructor(bubble, mode) {
    this.bubble = bubble;
    this.mode = mode;
    this.text = "";
    this.progress = h("p", { class: "progress" }, mode === "ask" ? "Reading the documents …" : "Planning …");
    this.body = h("div", { class: "body" });
    this.sources = h("ul", { class: "sources" });
    this.sources.hidden = true;
    bubble.append(this.progress, this.body, this.sources);
  }

  receive = (name, data) => {
    const known = {
      plan: () => this.plan(data),
      finding: () => this.finding(data),
      draft: () => this.draft(data),
      token: () => this.token(data),
      citation: () => this.citation(data),
      usage: () => this.usage(data),
      done: () => this.done(data),
      error: () => this.fail(data.message, data.missing),
    };
    known[name]?.();
    this.bubble.scrollIntoView({ block: "end" });
  };

  plan(event) {
    const plan = event.plan || {};
    this.progress.textContent = "Writing the flow …";
    this.body.append(h("p", { class: "by" }, plannedBy(event.planner)));
    const steps = plan.steps || plan.operations || [];
    this.body.append(h("ol", { class: "plan" }, steps.map(step)));
    for (const note of event.notes || []) this.body.append(h("p", { class: "note" }, note));
  }

  finding(finding) {
    this.progress.textContent = finding.fixed ? `Mended: ${finding.message}` : `Checking: ${finding.message}`;
  }

  draft({ draft }) {
    this.progress.textContent = "";
    const problems = (draft.findings || []).filter((one) => one.severity === "ERROR").length;
    this.body.append(
      h(
        "p",
        { class: `drafted ${draft.valid ? "good" : "bad"}` },
        draft.valid
          ? "The draft is valid. Review it and accept."
          : `The draft has ${problems} ${problems === 1 ? "problem" : "problems"}; see the findings.`,
      ),
    );
    openDraft(draft);
  }

  token(token) {
    this.progress.textContent = "";
    this.text += token.text;
    if (this.mode === "ask") fill(this.body, ...markdown(this.text, (n) => this.open(n)));
    else stream(this.text);
  }

  citation(citation) {
    const lines = citation.startLine ? `, lines ${citation.startLine}–${citation.endLine}` : "";
    const quote = h("blockquote", {}, citation.text || "");
    quote.hidden = true;
    this.sources.append(
      h(
        "li",
        { "data-n": citation.number },
        h(
          "button",
          { type: "button", class: "source", onclick: () => (quote.hidden = !quote.hidden) },
          h("span", { class: "cite" }, String(citation.number)),
          " ",
          [citation.title, citation.heading].filter(Boolean).join(" › ") || citation.source,
        ),
        h("span", { class: "quiet" }, `${citation.source}${lines}`),
        quote,
      ),
    );
    this.sources.hidden = false;
  }

  open(n) {
    const item = this.sources.querySelector(`[data-n="${n}"]`);
    if (!item) return;
    item.querySelector("blockquote").hidden = false;
    item.scrollIntoView({ block: "nearest" });
  }

  usage(usage) {
    this.used = usage;
  }

  done(done) {
    if (this.mode === "ask" && !this.text && done.text) {
      this.text = done.text;
      fill(this.body, ...markdown(this.text, (n) => this.open(n)));
    } else if (this.mode !== "ask" && done.text) {
      this.body.append(h("p", {}, done.text));
    }
    if (this.mode === "ask") this.body.append(h("p", { class: "by" }, answeredBy(this.used)));
  }

  fail(message, missing = []) {
    this.progress.textContent = "";
    const wanted = missing.length ? ` (missing: ${missing.join(", ")})` : "";
    this.body.append(h("p", { class: "problem" }, message + wanted));
  }

  end() {
    this.progress.remove();
  }
}

function step(one) {
  const type = (one.type || one.op || "").split(".").slice(-1)[0];
  return h(
    "li",
    {},
    h("strong", {}, one.id || one.target || one.path || ""),
    type ? h("code", {}, type) : null,
    one.because ? h("span", { class: "quiet" }, ` “${one.because}”`) : null,
  );
}

function plannedBy(planner) {
  return planner === "rules" ? "Planned by rules, without a model" : `Planned by ${planner}`;
}

function answeredBy(used) {
  if (used?.calls) return `Answered by ${used.model}, checked against the documents`;
  return "Taken from the documents word for word, without a model";
}
