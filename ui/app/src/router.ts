// Addresses of the page; those of executions and flows are the ones Kestra's page has.

import { createRouter, createWebHistory } from "vue-router";

import { kept } from "@/kept";

/** The flow that was open in the studio last, so that the studio is left and entered without losing the place. */
export const lastFlow = kept<{ namespace: string; flowId: string } | null>("studio.last", null);

export const router = createRouter({
  history: createWebHistory("/ui/"),
  routes: [
    { path: "/", redirect: { name: "home" } },
    { path: "/main/home", alias: "/main/dashboards", name: "home", component: () => import("@/lists/Home.vue") },
    { path: "/main/studio", alias: "/main/flows/new", name: "studio", component: () => import("@/studio/Studio.vue") },
    {
      path: "/main/flows/edit/:namespace/:flowId/:tab?",
      name: "flow",
      component: () => import("@/studio/Studio.vue"),
    },
    { path: "/main/flows", name: "flows", component: () => import("@/lists/Flows.vue") },
    { path: "/main/executions", name: "executions", component: () => import("@/lists/Executions.vue") },
    {
      path: "/main/executions/:namespace/:flowId/:id/:tab?",
      name: "execution",
      component: () => import("@/run/Execution.vue"),
    },
    { path: "/main/triggers", alias: "/main/admin/triggers", name: "triggers", component: () => import("@/lists/Triggers.vue") },
    { path: "/main/kv/:namespace?", name: "kv", component: () => import("@/lists/KeyValues.vue") },
    { path: "/main/files/:namespace?/:path(.*)*", name: "files", component: () => import("@/lists/Files.vue") },
    { path: "/main/plugins/:type?", name: "plugins", component: () => import("@/lists/Plugins.vue") },
    { path: "/main/docs", name: "docs", component: () => import("@/lists/Docs.vue") },
    { path: "/main/settings", name: "settings", component: () => import("@/lists/Settings.vue") },
    { path: "/:rest(.*)*", name: "lost", component: () => import("@/lists/Lost.vue") },
  ],
});

router.afterEach((to) => {
  if (to.name === "flow") lastFlow.value = { namespace: String(to.params.namespace), flowId: String(to.params.flowId) };
  if (to.name === "studio") lastFlow.value = null;
  const { namespace, flowId, type } = to.params;
  const what = flowId ? `${flowId as string} · ${namespace as string}` : (type as string) || String(to.name ?? "");
  document.title = `${what.charAt(0).toUpperCase()}${what.slice(1)} – Flowsmith`;
});
