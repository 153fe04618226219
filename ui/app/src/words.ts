// Texts that more than one screen shows, and what empty screens teach.

export const NAVIGATION = [
  { name: "home", title: "Home", icon: "home", key: "h" },
  { name: "studio", title: "Studio", icon: "spark", key: "s" },
  { name: "flows", title: "Flows", icon: "flow", key: "f" },
  { name: "executions", title: "Executions", icon: "play", key: "e" },
  { name: "triggers", title: "Triggers", icon: "clock", key: "t" },
  { name: "kv", title: "Key-value store", icon: "key", key: "k" },
  { name: "files", title: "Namespace files", icon: "folder", key: "n" },
  { name: "plugins", title: "Plugins", icon: "plug", key: "p" },
  { name: "docs", title: "Documentation", icon: "book", key: "d" },
  { name: "settings", title: "Settings", icon: "gear", key: "," },
] as const;

export const EXAMPLES = [
  {
    mode: "edit",
    title: "CSV to totals, every morning",
    words:
      "Every day at 7 download https://example.com/orders.csv, use DuckDB to sum amount by country and then log the rows",
  },
  { mode: "edit", title: "Ask for a name and greet", words: 'Ask for a name and log "Hello {{ inputs.name }}!"' },
  {
    mode: "edit",
    title: "Taxi data, month by month",
    words: "Every month on the first at 9 download https://example.com/yellow.csv and load it into Postgres table trips",
  },
  { mode: "ask", title: "How do files travel between tasks?", words: "How do I pass a file from one task to the next?" },
  { mode: "ask", title: "How do I retry a failed task?", words: "How do I retry a failed task?" },
] as const;

export const EMPTY = {
  flows: {
    title: "No flows yet",
    text: "A flow is a YAML file with an id, a namespace and tasks. Describe one in your own words and review the draft, or drop YAML files here to import them.",
  },
  executions: {
    title: "Nothing has run here",
    text: "Every run of a flow appears here with its tasks, logs and outputs: started by hand, by a schedule, a webhook or another flow.",
  },
  triggers: {
    title: "No triggers yet",
    text: "A trigger starts a flow by itself. Add a `triggers:` section to a flow, for example a Schedule with a cron expression, or ask the copilot: “run it every day at 7”.",
  },
  kv: {
    title: "No keys in this namespace",
    text: "Keep small values between runs, and settings for many flows. Tasks read them with {{ kv('NAME') }}.",
  },
  files: {
    title: "No files in this namespace",
    text: "Scripts, queries and seeds that flows of the namespace use: with `namespaceFiles.enabled: true`, or {{ read('path') }}.",
  },
} as const;
