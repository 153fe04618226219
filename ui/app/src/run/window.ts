// The rows of a long list that are in sight; all rows have the same height.

import { computed, onBeforeUnmount, onMounted, ref, type ComputedRef, type Ref } from "vue";

const MARGIN = 12;

export interface Window {
  box: Ref<HTMLElement | undefined>;
  first: ComputedRef<number>;
  last: ComputedRef<number>;
  total: ComputedRef<number>;
  width: Ref<number>;
  atEnd: ComputedRef<boolean>;
  scrolled: () => void;
  toEnd: () => void;
}

/** Window over `count()` rows of `height` pixels; bind `box` to the scrolling element and `scrolled` to its scroll. */
export function useWindow(count: () => number, height: number): Window {
  const box = ref<HTMLElement>();
  const top = ref(0);
  const visible = ref(600);
  const width = ref(800);
  let watcher: ResizeObserver | undefined;

  function measure(): void {
    if (!box.value) return;
    visible.value = box.value.clientHeight;
    width.value = box.value.clientWidth;
    top.value = box.value.scrollTop;
  }
  onMounted(() => {
    watcher = new ResizeObserver(measure);
    if (box.value) watcher.observe(box.value);
    measure();
  });
  onBeforeUnmount(() => watcher?.disconnect());

  const total = computed(() => count() * height);
  return {
    box,
    width,
    total,
    first: computed(() => Math.max(0, Math.floor(top.value / height) - MARGIN)),
    last: computed(() => Math.min(count(), Math.ceil((top.value + visible.value) / height) + MARGIN)),
    atEnd: computed(() => top.value + visible.value >= total.value - 2 * height),
    scrolled: () => {
      if (box.value) top.value = box.value.scrollTop;
    },
    toEnd: () => {
      if (box.value) box.value.scrollTop = box.value.scrollHeight;
    },
  };
}
