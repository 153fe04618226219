// What the page remembers in this browser: settings, and everything typed and not yet saved.

import { ref, watch, type Ref } from "vue";

const PREFIX = "flowsmith.";

/** Return what is kept under a name. */
export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

/** Keep a value; null forgets it. Full or forbidden storage costs the memory, never the page. */
export function keep(name: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A private window without storage works all the same.
  }
}

/** A ref that survives reloads. */
export function kept<T>(name: string, otherwise: T): Ref<T> {
  const value = ref(recall(name, otherwise)) as Ref<T>;
  watch(value, (now) => keep(name, now), { deep: true });
  return value;
}
