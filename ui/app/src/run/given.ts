// Values typed into an input form, and the multipart form they are sent as.

import type { Input, Json } from "@/service/types";

export type Given = Record<string, Json | File>;

/** Build the form; only what was touched goes along, so defaults stay the service's business. */
export function formOf(given: Given, inputs: Input[]): FormData {
  const form = new FormData();
  for (const input of inputs) {
    const value = given[input.id];
    if (value === undefined || value === null) continue;
    if (value instanceof File) form.append(input.id, value, value.name);
    else form.append(input.id, sent(value));
  }
  return form;
}

function sent(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Return what may be kept in the browser: no secrets and no files. */
export function keepable(given: Given, inputs: Input[]): Record<string, Json> {
  const secret = new Set(inputs.filter((one) => one.type === "SECRET").map((one) => one.id));
  const kept: Record<string, Json> = {};
  for (const [id, value] of Object.entries(given)) if (!secret.has(id) && !(value instanceof File)) kept[id] = value;
  return kept;
}

/** Write a date of the service for a datetime-local field, in the user's zone. */
export function localMoment(value: Json | undefined): string {
  if (typeof value !== "string" || !value) return "";
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return "";
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Read a datetime-local field as a moment the service reads; undefined for an empty one. */
export function momentOf(local: string): string | undefined {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Return the choices of a SELECT, MULTISELECT or ENUM. */
export function choices(input: Input): string[] {
  return (input.values ?? input.options ?? []).map(String);
}
