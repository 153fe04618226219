import { expect, it } from "vitest";

import { Frames } from "@/service/stream";

const STREAM = 'event: plan\r\ndata: {"a": 1}\r\n\r\n: comment\r\n\r\nevent: token\r\ndata: {"text":\r\ndata: "x\\n"}\r\n\r\ndata: {"last": true}';

it("finds the same events however the network cuts the stream", () => {
  const whole = cut(STREAM.length);
  expect(whole).toEqual([
    ["plan", { a: 1 }],
    ["token", { text: "x\n" }],
    ["message", { last: true }],
  ]);
  for (let size = 1; size < STREAM.length; size++) expect(cut(size)).toEqual(whole);
});

function cut(size: number): [string, unknown][] {
  const events: [string, unknown][] = [];
  const frames = new Frames((name, data) => events.push([name, data]));
  for (let at = 0; at < STREAM.length; at += size) frames.add(STREAM.slice(at, at + size));
  frames.end();
  return events;
}
