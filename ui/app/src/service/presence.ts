// Whether the service is there; screens that show live things load anew when it comes back.

import { onBeforeUnmount } from "vue";

const waiting = new Set<() => void>();

/** The service is back. */
export function back(): void {
  for (const one of [...waiting]) one();
}

/** Call a function when the service has come back, as long as the component is shown. */
export function onBack(again: () => void): void {
  waiting.add(again);
  onBeforeUnmount(() => waiting.delete(again));
}
