import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const service = process.env.FLOWSMITH_URL ?? "http://127.0.0.1:8080";

/** Packs the built texts once, so that the service need not at every request. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      const folder = new URL("../dist", import.meta.url).pathname;
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf-8" })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/ui/",
  plugins: [vue(), packed()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    // The page's policy allows no inline fonts, and small icons are cached better as files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: {
        // Without groups one chunk per module pair appears; these three change at different times.
        codeSplitting: {
          groups: [
            { name: "codemirror", test: /node_modules\/(@codemirror\/(?!lang-)|@codemirror\/lang-yaml|@lezer\/(common|highlight|lr|yaml)|style-mod|w3c-keyname|crelt|@marijn)/ },
            { name: "vue", test: /node_modules\/(@vue|vue|vue-router)\// },
            { name: "markdown", test: /node_modules\/(markdown-it|linkify-it|mdurl|entities|uc\.micro|punycode\.js)/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": service, "/health": service } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
