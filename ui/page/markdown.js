// Answers as paragraphs, lists, code and citations — built as elements, never as markup.

import { h } from "./dom.js";

/** Return the blocks of a Markdown text; `[n]` becomes a link that calls `cite(n)`. */
export function markdown(text, cite = null) {
  const blocks = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.startsWith("```")) {
      const code = [];
      while (++i < lines.length && !lines[i].startsWith("```")) code.push(lines[i]);
      blocks.push(h("pre", { class: "code" }, code.join("\n")));
    } else if (/^#{1,6} /.test(line)) {
      blocks.push(h("h4", {}, ...inline(line.replace(/^#+ /, ""), cite)));
    } else if (/^\s*([-*]|\d+\.) /.test(line)) {
      const items = [line];
      while (i + 1 < lines.length && /^\s*([-*]|\d+\.) /.test(lines[i + 1])) items.push(lines[++i]);
      blocks.push(h("ul", {}, items.map((item) => h("li", {}, ...inline(item.replace(/^\s*([-*]|\d+\.) /, ""), cite)))));
    } else if (/^> ?/.test(line)) {
      const quoted = [line];
      while (i + 1 < lines.length && /^> ?/.test(lines[i + 1])) quoted.push(lines[++i]);
      blocks.push(h("blockquote", {}, ...markdown(quoted.map((one) => one.replace(/^> ?/, "")).join("\n"), cite)));
    } else if (line.trim()) {
      const words = [line];
      while (i + 1 < lines.length && lines[i + 1].trim() && !/^(```|#|>|\s*([-*]|\d+\.) )/.test(lines[i + 1])) {
        words.push(lines[++i]);
      }
      blocks.push(h("p", {}, ...inline(words.join(" "), cite)));
    }
  }
  return blocks;
}

/** Return the parts of one line: code, strong, citations. */
export function inline(text, cite = null) {
  const parts = [];
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\[(\d{1,2})\]|\[([^\]]+)\]\(([^)\s]+)\)/g;
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(last, match.index));
    last = match.index + match[0].length;
    if (match[1]) parts.push(h("code", {}, match[1]));
    else if (match[2]) parts.push(h("strong", {}, match[2]));
    else if (match[3] && cite) {
      const number = Number(match[3]);
      parts.push(h("button", { class: "cite", type: "button", onclick: () => cite(number) }, match[3]));
    } else parts.push(match[4] || match[0]);
  }
  parts.push(text.slice(last));
  return parts;
}
