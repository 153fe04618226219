// Markdown to HTML. Raw HTML in the source stays text, and links lead only to http, https, mailto or this page.

import MarkdownIt from "markdown-it";

const md = new MarkdownIt({ html: false, linkify: true, breaks: false });
md.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const href = String(tokens[index]!.attrGet("href") ?? "");
  if (/^https?:/.test(href)) {
    tokens[index]!.attrSet("target", "_blank");
    tokens[index]!.attrSet("rel", "noreferrer");
  }
  return self.renderToken(tokens, index, options);
};
// Pictures would be fetched from elsewhere, which the policy forbids: their text stands for them.
md.renderer.rules.image = (tokens, index) => md.utils.escapeHtml(tokens[index]!.content);
// A table's alignment is an inline style, which the policy refuses; a class would do the same if it were needed.
for (const rule of ["th_open", "td_open"]) {
  md.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    tokens[index]!.attrs = (tokens[index]!.attrs ?? []).filter(([name]) => name !== "style");
    return self.renderToken(tokens, index, options);
  };
}

/** Return HTML; `[3]` becomes a button when it is one of the cited numbers. */
export function markdown(source: string, cited: ReadonlySet<number> = new Set()): string {
  // A citation behind a closing fence would keep the block open.
  const html = md.render(source.replace(/^(```)[ \t]*(\[\d+\])/gm, "$1\n$2"));
  if (!cited.size) return html;
  return html.replace(/\[(\d+)\]/g, (all, number: string) =>
    cited.has(Number(number)) ? `<button type="button" class="cite" data-cite="${number}">${number}</button>` : all,
  );
}
