// The page: chat, draft, flows — wired together.

import { get } from "./api.js";
import { setSubject, setUpChat } from "./chat.js";
import { $ } from "./dom.js";
import { setUpDraft } from "./draft.js";
import { openAddress, openRun, setUpFlows } from "./flows.js";

async function greet() {
  try {
    const status = await get("/copilot/status");
    $("planner").textContent = status.planner;
    $("planner").classList.toggle("model", Boolean(status.model));
    $("status").textContent = status.documents;
  } catch (error) {
    $("status").textContent = error.message;
  }
}

setUpChat();
setUpDraft((flow) => openRun(flow.namespace, flow.id, { keepText: true }), setSubject);
setUpFlows();
greet();
openAddress(location.pathname);
