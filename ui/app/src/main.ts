import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@/style/tokens.css";
import "@/style/base.css";
import "@/style/parts.css";

import { createApp } from "vue";

import App from "@/App.vue";
import { router } from "@/router";
import { followTheme } from "@/theme";

followTheme();
createApp(App).use(router).mount("#app");
