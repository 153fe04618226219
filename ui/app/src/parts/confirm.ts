// A question before something that cannot be undone.

import { ref } from "vue";

export interface Question {
  title: string;
  text: string;
  verb: string;
  answer: (yes: boolean) => void;
}

export const question = ref<Question>();

/** Ask, and return whether the answer was the verb; closing the dialog is a no. */
export function confirmed(title: string, text: string, verb = "Delete"): Promise<boolean> {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = { title, text, verb, answer: resolve };
  });
}
