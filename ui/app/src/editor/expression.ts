// Expressions inside YAML texts: `{{ … }}` and `{% … %}` stand out, their first words more so.

import { Decoration, MatchDecorator, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";

const whole = Decoration.mark({ class: "cm-expression" });
const word = Decoration.mark({ class: "cm-expression-word" });
const WORDS = /\b(?:inputs|outputs|vars|trigger|flow|execution|task|taskrun|secret|kv|envs|labels|parent|parents|read|render|now|if|else|endif|for|in|endfor|set)\b/g;

const matcher = new MatchDecorator({
  regexp: /\{\{-?.*?-?\}\}|\{%-?.*?-?%\}/g,
  decorate: (add, from, to, match) => {
    add(from, to, whole);
    for (const found of match[0].matchAll(WORDS)) add(from + found.index, from + found.index + found[0].length, word);
  },
});

export const expressions = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = matcher.createDeco(view);
    }

    update(update: ViewUpdate): void {
      this.decorations = matcher.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
