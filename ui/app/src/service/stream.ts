// Streams of events: turns of the copilot over POST, executions and logs over EventSource.

import { ROOT, send } from "@/service/call";

export type Receive = (name: string, data: any) => void;

/** Post JSON and hand over every event of the answering stream; ends with the stream. */
export async function converse(path: string, json: unknown, receive: Receive, signal: AbortSignal): Promise<void> {
  const response = await send("POST", path, { json, headers: { Accept: "text/event-stream" }, signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const frames = new Frames(receive);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    frames.add(value);
  }
  frames.end();
}

/** Cuts a stream of text into events, however the network cut it. */
export class Frames {
  private waiting = "";
  private readonly receive: Receive;

  constructor(receive: Receive) {
    this.receive = receive;
  }

  /** Take a piece of text. */
  add(text: string): void {
    // A carriage return at the end may be half of a line end: it waits for the next piece.
    this.waiting = (this.waiting + text).replaceAll("\r\n", "\n");
    const frames = this.waiting.split("\n\n");
    this.waiting = frames.pop()!;
    for (const frame of frames) this.deliver(frame);
  }

  /** Deliver what came without an empty line after it. */
  end(): void {
    if (this.waiting.trim()) this.deliver(this.waiting);
    this.waiting = "";
  }

  private deliver(frame: string): void {
    let name = "message";
    const data: string[] = [];
    for (const line of frame.split("\n")) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
    if (data.length) this.receive(name, JSON.parse(data.join("\n")));
  }
}

/** How a followed stream stands. */
export type Link = "open" | "waiting" | "ended";

/**
 * Follow an execution or its log; frames carry their name as the last event id. A broken stream is opened again
 * (1, 2, 4 … 15 s) and then begins anew: the receiver must know what it has already. Returns the way to stop.
 */
export function follow(path: string, receive: Receive, link: (state: Link) => void = () => {}): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delay = 1000;
  let over = false;

  const stop = (): void => {
    over = true;
    clearTimeout(timer);
    source?.close();
  };
  const open = (): void => {
    source = new EventSource(ROOT + path);
    source.onopen = () => {
      delay = 1000;
      link("open");
    };
    source.onmessage = (message) => {
      const name = message.lastEventId;
      receive(name, JSON.parse(message.data as string));
      if (name === "end" || name === "error") {
        stop();
        link("ended");
      }
    };
    source.onerror = () => {
      source?.close();
      if (over) return;
      receive("broken", {});
      if (over) return;
      link("waiting");
      timer = setTimeout(open, delay);
      delay = Math.min(delay * 2, 15_000);
    };
  };
  open();
  return stop;
}
