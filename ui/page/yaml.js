// Colours for YAML, line by line, and differences between two texts.

import { h } from "./dom.js";

const LINE = /^(\s*)(- )?([^\s#'"{[&*|>-][^:#]*?|"[^"]*")(:)(?=\s|$)(.*)$/;

/** Return one coloured line. */
export function paintLine(line) {
  const parts = [];
  const trimmed = line.trimStart();
  if (trimmed.startsWith("#")) return [h("span", { class: "y-comment" }, line)];
  const match = LINE.exec(line);
  if (!match) {
    const dash = /^(\s*- )(.*)$/.exec(line);
    if (dash) parts.push(dash[1], ...paintValue(dash[2]));
    else parts.push(...paintValue(line));
    return parts;
  }
  const [, indent, dash, key, colon, value] = match;
  parts.push(indent + (dash || ""), h("span", { class: "y-key" }, key), colon, ...paintValue(value));
  return parts;
}

function paintValue(text) {
  const at = commentAt(text);
  if (at >= 0) return [...paintValue(text.slice(0, at)), h("span", { class: "y-comment" }, text.slice(at))];
  const parts = [];
  let rest = text;
  const expression = /\{\{.*?\}\}|\{%.*?%\}/;
  for (;;) {
    const match = expression.exec(rest);
    if (!match) break;
    parts.push(...paintPlain(rest.slice(0, match.index)), h("span", { class: "y-expression" }, match[0]));
    rest = rest.slice(match.index + match[0].length);
  }
  parts.push(...paintPlain(rest));
  return parts;
}

/** Return where a comment begins: a `#` after a space, outside quotes; -1 without one. */
function commentAt(text) {
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    if (quote) quote = text[i] === quote ? "" : quote;
    else if (text[i] === '"' || text[i] === "'") quote = text[i];
    else if (text[i] === "#" && (i === 0 || /\s/.test(text[i - 1]))) return i;
  }
  return -1;
}

function paintPlain(text) {
  if (!text) return [];
  const value = text.trim();
  if (/^io\.kestra\.[\w.]+$/.test(value)) return [h("span", { class: "y-type" }, text)];
  if (/^(-?\d+(\.\d+)?|true|false|null|~)$/.test(value)) return [h("span", { class: "y-number" }, text)];
  if (/^["'].*/.test(value)) return [h("span", { class: "y-string" }, text)];
  return [text];
}

/** Return the differences of two texts as `{kind: "same" | "add" | "drop", text, before, after}` lines. */
export function difference(before, after) {
  const a = before ? before.replace(/\n$/, "").split("\n") : [];
  const b = after ? after.replace(/\n$/, "").split("\n") : [];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const lines = [];
  for (let i = 0; i < head; i++) lines.push({ kind: "same", text: a[i], before: i + 1, after: i + 1 });
  lines.push(...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head));
  for (let i = tail; i > 0; i--) {
    lines.push({ kind: "same", text: a[a.length - i], before: a.length - i + 1, after: b.length - i + 1 });
  }
  return lines;
}

function middle(a, b, offset) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i], before: offset + ++i, after: offset + ++j });
    } else if (i < a.length && (j >= b.length || table[i + 1][j] >= table[i][j + 1])) {
      lines.push({ kind: "drop", text: a[i], before: offset + ++i });
    } else {
      lines.push({ kind: "add", text: b[j], after: offset + ++j });
    }
  }
  return lines;
}
