// What the editor asks the service while a flow is written: findings, completion, hover.

import { autocompletion, snippet, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { linter, type Diagnostic } from "@codemirror/lint";
import { Prec, type Extension } from "@codemirror/state";
import { hoverTooltip, keymap, type EditorView, type Tooltip } from "@codemirror/view";

import { markdown } from "@/parts/markdown";
import { call } from "@/service/call";
import type { Finding } from "@/service/types";

export interface Checked {
  valid: boolean;
  findings: Finding[];
}

interface Offer {
  label: string;
  kind: string;
  detail?: string;
  documentation?: string;
  insert: string;
  required?: boolean;
  deprecated?: boolean;
}

interface Offers {
  from: number;
  to: number;
  context: string;
  items: Offer[];
  complete: boolean;
}

interface Hover {
  from?: number;
  to?: number;
  markdown?: string;
  type?: string;
}

const ICONS: Record<string, string> = { property: "property", type: "class", value: "enum", variable: "variable", function: "function", filter: "function", keyword: "keyword", task: "namespace" };

/** Ask the service what is wrong with a flow. */
export function check(text: string): Promise<Checked> {
  return call<Checked>("POST", "/editor/lint", { json: { text } });
}

/** Lint while typing; `report` gets every answer with its text, `failed` what kept the service from answering. */
export function serverLint(report: (text: string, checked: Checked) => void, failed: (error: unknown) => void): Extension {
  return [
    linter(
      async (view) => {
        const text = view.state.doc.toString();
        if (!text.trim()) {
          report(text, { valid: false, findings: [] });
          return [];
        }
        try {
          const checked = await check(text);
          if (view.state.doc.toString() !== text) return [];
          report(text, checked);
          return checked.findings.map((finding) => diagnostic(text.length, finding));
        } catch (error) {
          failed(error);
          return [];
        }
      },
      { delay: 90 },
    ),
  ];
}

/** Apply the fix of the finding at the cursor with Ctrl-. */
export function fixAtCursor(findings: () => Finding[]): Extension {
  return keymap.of([
    {
      key: "Mod-.",
      run: (view) => {
        const line = view.state.doc.lineAt(view.state.selection.main.head);
        const found = findings().find((one) => one.fix && one.from <= line.to && one.to >= line.from);
        if (!found?.fix) return false;
        applyFix(view, found);
        return true;
      },
    },
  ]);
}

function applyFix(view: EditorView, finding: Finding): void {
  const { from, to, text } = finding.fix!;
  view.dispatch({ changes: { from, to, insert: text }, userEvent: "input.fix" });
}

/** Turn a finding into a squiggle. */
export function diagnostic(size: number, finding: Finding): Diagnostic {
  const from = Math.min(finding.from, size);
  return {
    from,
    to: Math.min(Math.max(finding.to, from), size),
    severity: finding.severity === "ERROR" ? "error" : finding.severity === "WARNING" ? "warning" : "info",
    source: finding.path || undefined,
    message: finding.suggestion ? `${finding.message} — ${finding.suggestion}` : finding.message,
    actions: finding.fix ? [{ name: finding.fix.title || "Fix", apply: (view) => applyFix(view, finding) }] : undefined,
  };
}

/** Completion answered by the service: properties, types, values, and what fits into `{{ … }}`. */
export function serverCompletion(): Extension {
  return autocompletion({ override: [offers], icons: true, activateOnTypingDelay: 60 });
}

async function offers(context: CompletionContext): Promise<CompletionResult | null> {
  const before = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
  if (!context.explicit && !/[\w.{|(]\s?$|:\s$|-\s$/.test(before)) return null;
  const found = await call<Offers>("POST", "/editor/complete", { json: { text: context.state.doc.toString(), offset: context.pos } }).catch(() => null);
  if (!found?.items.length || context.aborted) return null;
  const typed = context.state.sliceDoc(found.from, context.pos);
  return {
    from: found.from,
    to: found.to,
    // The service has ranked them and matches letters that do not stand together.
    filter: false,
    options: found.items.map((one, index) => option(one, typed, found.items.length - index)),
  };
}

function option(one: Offer, typed: string, boost: number): Completion {
  return {
    label: one.label,
    type: ICONS[one.kind] ?? one.kind,
    detail: [one.required ? "required" : "", one.detail ?? ""].filter(Boolean).join(" · "),
    boost: Math.min(boost, 99),
    info: one.documentation ? () => prose(one.documentation!) : undefined,
    apply: one.insert.includes("${") ? snippet(one.insert) : one.insert,
    displayLabel: typed.includes(".") ? one.label : undefined,
  };
}

/** Documentation of what the pointer is over. */
export function serverHover(): Extension {
  return hoverTooltip(
    async (view, pos): Promise<Tooltip | null> => {
      const found = await call<Hover>("POST", "/editor/hover", { json: { text: view.state.doc.toString(), offset: pos } }).catch(() => null);
      if (!found?.markdown) return null;
      return { pos: found.from ?? pos, end: found.to, above: true, create: () => ({ dom: prose(found.markdown!, found.type) }) };
    },
    { hoverTime: 300 },
  );
}

function prose(source: string, type = ""): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "cm-prose";
  dom.innerHTML = markdown(source);
  if (type) {
    const link = document.createElement("a");
    link.href = `/ui/main/plugins/${encodeURIComponent(type)}`;
    link.textContent = "Open the documentation";
    dom.append(link);
  }
  return dom;
}

/** Keys that belong to the page and not to the editor. */
export function pageKeys(keys: Record<string, () => void>): Extension {
  return Prec.highest(
    keymap.of(
      Object.entries(keys).map(([key, act]) => ({
        key,
        preventDefault: true,
        run: () => {
          act();
          return true;
        },
      })),
    ),
  );
}
