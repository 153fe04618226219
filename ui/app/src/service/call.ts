// The service, seen from the page: one call, one error type.

export const ROOT = "/api/v1/main";

interface Asking {
  text?: string;
  json?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

interface ProblemBody {
  message?: string;
  detail?: string;
}

/** An answer that is an error; `message` is the service's own sentence. `status` 0: nobody answered. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Call the service and return the parsed answer, null when it is empty. Throws Refused. */
export async function call<T = unknown>(method: string, path: string, asking: Asking = {}): Promise<T> {
  const response = await send(method, path, asking);
  const text = await response.text();
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  return (text && isJson ? JSON.parse(text) : text || null) as T;
}

/** Get JSON. */
export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => call<T>("GET", path, { signal });

/** Send a request and return the response when it is not an error. */
export async function send(method: string, path: string, asking: Asking = {}): Promise<Response> {
  const { text, json, form, headers, signal } = asking;
  const kind = text !== undefined ? "application/x-yaml" : json !== undefined ? "application/json" : undefined;
  const init: RequestInit = {
    method,
    headers: { Accept: "application/json", ...(kind ? { "Content-Type": kind } : {}), ...headers },
    body: text ?? (json !== undefined ? JSON.stringify(json) : form),
    signal,
  };
  let response: Response;
  try {
    response = await fetch(path.startsWith("/api/") ? path : ROOT + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, "The service does not answer. Is it running? The page tries again by itself.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<Refused> {
  const text = await response.text();
  let body: ProblemBody = {};
  try {
    body = JSON.parse(text) as ProblemBody;
  } catch {
    body = { message: text.slice(0, 500) };
  }
  return new Refused(response.status, body.message || body.detail || `The service answered ${response.status}`);
}

/** Turn whatever was thrown into a sentence. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Write a path from parts, each made safe. */
export function path(strings: TemplateStringsArray, ...parts: (string | number)[]): string {
  return strings.reduce((all, text, i) => all + text + (i < parts.length ? encodeURIComponent(parts[i]!) : ""), "");
}

/** Write a query; what is empty is left out, lists repeat their name. */
export function query(values: Record<string, string | number | boolean | string[] | null | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") params.append(name, String(one));
    }
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}
