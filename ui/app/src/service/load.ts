// Something loaded from the service: the value, whether it is on its way, and what went wrong.

import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { sentence } from "@/service/call";
import { onBack } from "@/service/presence";

export interface Loaded<T> {
  value: ShallowRef<T | undefined>;
  problem: Ref<string>;
  loading: Ref<boolean>;
  load: () => Promise<void>;
}

/**
 * Load with `ask`, now and whenever `load` is called; a later answer wins over an earlier one. With `every`
 * (milliseconds) it is asked again while the page is visible; the old value stays until the new one is there.
 */
export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, every = 0): Loaded<T> {
  const value = shallowRef<T>();
  const problem = ref("");
  const loading = ref(false);
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    running?.abort();
    clearTimeout(timer);
    const mine = (running = new AbortController());
    loading.value = true;
    try {
      const found = await ask(mine.signal);
      if (mine.signal.aborted) return;
      value.value = found;
      problem.value = "";
    } catch (error) {
      if (mine.signal.aborted) return;
      problem.value = sentence(error);
    }
    loading.value = false;
    again();
  }

  function again(): void {
    if (every) timer = setTimeout(() => (document.hidden ? again() : void load()), every);
  }

  onBack(() => void load());
  onBeforeUnmount(() => {
    running?.abort();
    clearTimeout(timer);
  });
  void load();
  return { value, problem, loading, load };
}
