// A form for a flow's inputs, made from their declarations.

import { h } from "./dom.js";

const PLAIN = {
  DATE: "date",
  TIME: "time",
  INT: "number",
  FLOAT: "number",
  EMAIL: "email",
  URI: "url",
  SECRET: "password",
  FILE: "file",
};

/** Return the fields of the inputs, each with its label and description. */
export function fields(inputs) {
  return inputs.map((input) =>
    h(
      "label",
      { class: "field" },
      h(
        "span",
        { class: "name" },
        input.displayName || input.id,
        input.required === false || hasDefault(input) ? null : h("span", { class: "must", title: "required" }, " *"),
        h("span", { class: "kind" }, input.type),
      ),
      control(input),
      input.description ? h("span", { class: "quiet" }, input.description) : null,
    ),
  );
}

/** Return the filled-in values as a multipart form; empty optional fields are left out. */
export function valuesOf(form, inputs) {
  const values = new FormData();
  for (const input of inputs) {
    const element = form.elements[`input.${input.id}`];
    if (!element) continue;
    if (input.type === "FILE") {
      if (element.files.length) values.append(input.id, element.files[0]);
    } else if (element.multiple) {
      const chosen = [...element.selectedOptions].map((option) => option.value);
      if (chosen.length) values.append(input.id, JSON.stringify(chosen));
    } else if (element.type === "checkbox") {
      values.append(input.id, String(element.checked));
    } else if (element.value !== "") {
      values.append(input.id, element.value);
    }
  }
  return values;
}

function hasDefault(input) {
  return input.defaults !== undefined && input.defaults !== null;
}

function text(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function control(input) {
  const name = `input.${input.id}`;
  const given = text(input.defaults ?? input.prefill);
  if (input.type === "BOOL" || input.type === "BOOLEAN") {
    return h("input", { type: "checkbox", name, checked: given === "true" });
  }
  if (input.type === "SELECT" || input.type === "MULTISELECT") {
    const many = input.type === "MULTISELECT";
    const chosen = many && Array.isArray(input.defaults) ? input.defaults.map(String) : [given];
    return h(
      "select",
      { name, multiple: many },
      many ? null : h("option", { value: "" }, ""),
      (input.values || []).map((value) =>
        h("option", { value: String(value), selected: chosen.includes(String(value)) }, String(value)),
      ),
    );
  }
  if (["JSON", "YAML", "ARRAY"].includes(input.type)) return h("textarea", { name, rows: 3, value: given });
  const type = PLAIN[input.type] || "text";
  const usable = type === "file" || type === "password" || given.includes("{{") ? "" : given;
  return h("input", {
    type,
    name,
    value: type === "file" ? null : usable,
    step: input.type === "FLOAT" ? "any" : null,
    placeholder: given.includes("{{") ? given : null,
  });
}
