// Formats YAML: two spaces, lists below their key; comments, blank lines, quotes and spellings stay as they are.

/** Return the text formatted. Throws with a sentence when it does not parse, or would mean something else. */
export async function formatted(text: string): Promise<string> {
  const { parseDocument } = await import("yaml");
  // With this schema every plain value is a text, so `1.0`, `yes` and `2021-01` keep their spelling.
  const read = (source: string) => parseDocument(source, { schema: "failsafe", uniqueKeys: false });
  const document = read(text);
  const problem = document.errors[0];
  if (problem) throw new Error(`Not formatted: ${problem.message.split("\n")[0]}`);
  const result = document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: false });
  if (JSON.stringify(read(result).toJS()) !== JSON.stringify(document.toJS())) {
    throw new Error("Not formatted: the text would mean something else");
  }
  return result;
}
