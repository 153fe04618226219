// The service, seen from the page.

const ROOT = "/api/v1/main";

/** An answer that is an error; `message` is the service's own sentence. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.message || body?.detail || `The service answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** Call the service; returns the parsed answer, null when it is empty. */
export async function call(method, path, { text, json, form, accept } = {}) {
  const headers = { Accept: accept || "application/json" };
  let body = form;
  if (text !== undefined) {
    headers["Content-Type"] = "application/x-yaml";
    body = text;
  } else if (json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(json);
  }
  const url = path.startsWith("/api/") ? path : ROOT + path;
  const response = await fetch(url, { method, headers, body });
  const answer = await response.text();
  const parsed = answer && (response.headers.get("Content-Type") || "").includes("json") ? JSON.parse(answer) : answer;
  if (!response.ok) throw new Refused(response.status, parsed || null);
  return parsed || null;
}

export const get = (path) => call("GET", path);

/** Post JSON and hand every event of the answering stream to `receive(name, data)`. */
export async function converse(path, json, receive, signal) {
  const response = await fetch(ROOT + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(json),
    signal,
  });
  if (!response.ok) {
    const body = await response.json().catch(() => null);
    throw new Refused(response.status, body);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    waiting += (value || "").replaceAll("\r\n", "\n");
    const frames = waiting.split("\n\n");
    waiting = frames.pop();
    for (const frame of frames) deliver(frame, receive);
    if (done) break;
  }
  if (waiting.trim()) deliver(waiting, receive);
}

function deliver(frame, receive) {
  let name = "message";
  const data = [];
  for (const line of frame.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (data.length) receive(name, JSON.parse(data.join("\n")));
}

/** Follow an execution or its log; frames carry their name as the last event id. Returns the end of it. */
export function follow(path, receive, closed = () => {}) {
  const source = new EventSource(ROOT + path);
  const close = () => source.close();
  source.onmessage = (message) => {
    receive(message.lastEventId, JSON.parse(message.data));
    if (message.lastEventId === "end" || message.lastEventId === "error") close();
  };
  source.onerror = () => {
    // The browser would connect again and get everything twice: the stream ends when the execution does.
    close();
    closed();
  };
  return close;
}
