// Light or dark: the user's choice, else the system's wish.

import { computed, ref, watchEffect } from "vue";

import { kept } from "@/kept";

export type Theme = "system" | "light" | "dark";

const wish = window.matchMedia("(prefers-color-scheme: dark)");
const systemDark = ref(wish.matches);
wish.addEventListener("change", (event) => (systemDark.value = event.matches));

export const theme = kept<Theme>("theme", "system");
export const dark = computed(() => (theme.value === "system" ? systemDark.value : theme.value === "dark"));

/** Let the document follow the choice. */
export function followTheme(): void {
  watchEffect(() => {
    document.documentElement.dataset.theme = dark.value ? "dark" : "light";
  });
}
