// Dates and durations as people read them, in their own zone.

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const SHORT = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
  ["month", 12],
  ["year", Infinity],
];

/** Write a date and time in the user's zone; empty for none. */
export function full(date: string | undefined): string {
  return date ? DATE_TIME.format(new Date(date)) : "";
}

/** Write a date and time without year and seconds. */
export function short(date: string | undefined): string {
  return date ? SHORT.format(new Date(date)) : "";
}

/** Write how far a date is from now: "3 minutes ago", "in 2 hours". */
export function ago(date: string | undefined, now = Date.now()): string {
  if (!date) return "";
  let amount = (Date.parse(date) - now) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return RELATIVE.format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}

/** Write a length of time given in milliseconds: "430 ms", "12.4 s", "3 min 04 s", "2 h 05 min". */
export function length(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(s % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Return how long a state lasts, until now when it has not ended; in milliseconds. */
export function lasted(state: { startDate: string; endDate?: string }, now = Date.now()): number {
  return (state.endDate ? Date.parse(state.endDate) : now) - Date.parse(state.startDate);
}

/** Return a day as the service reads it, `2026-01-31`, in the user's zone. */
export function day(date: Date): string {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}
