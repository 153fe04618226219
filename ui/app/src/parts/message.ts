// Short messages at the edge of the page: what was done, or why it was not.

import { ref } from "vue";

import { sentence } from "@/service/call";

export interface Message {
  id: number;
  text: string;
  kind: "good" | "bad";
}

export const messages = ref<Message[]>([]);
let last = 0;

/** Say that something was done. */
export function say(text: string): void {
  show(text, "good", 4000);
}

/** Say that something went wrong; it stays until it is taken away. */
export function complain(error: unknown): void {
  show(sentence(error), "bad", 12_000);
}

/** Take a message away. */
export function dismiss(id: number): void {
  messages.value = messages.value.filter((one) => one.id !== id);
}

function show(text: string, kind: Message["kind"], ms: number): void {
  const id = ++last;
  messages.value = [...messages.value.slice(-3), { id, text, kind }];
  setTimeout(() => dismiss(id), ms);
}
