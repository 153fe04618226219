// Answers of the service, as far as the page reads them.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Page<T> {
  results: T[];
  total: number;
}

export interface Label {
  key: string;
  value: string;
}

export interface Input {
  id: string;
  type: string;
  required?: boolean;
  defaults?: Json;
  prefill?: Json;
  description?: string;
  displayName?: string;
  values?: string[];
  options?: string[];
  itemType?: string;
  allowCustomValue?: boolean;
  isRadio?: boolean;
  min?: number | string;
  max?: number | string;
  validator?: string;
  after?: string;
  before?: string;
  dependsOn?: { inputs?: string[]; condition?: string };
  allowedFileExtensions?: string[];
}

export interface InputCheck {
  input: Input;
  value?: Json;
  enabled: boolean;
  isDefault: boolean;
  errors: { message: string }[];
}

export interface Task {
  id: string;
  type: string;
  description?: string;
  [key: string]: Json | undefined;
}

export interface Flow {
  id: string;
  namespace: string;
  description?: string;
  labels?: Label[];
  inputs?: Input[];
  tasks: Task[];
  triggers?: Task[];
  revision: number;
  updated: string;
  disabled: boolean;
  source?: string;
}

export interface State {
  current: string;
  histories: { state: string; date: string }[];
  duration?: string;
  startDate: string;
  endDate?: string;
}

export interface Attempt {
  state: State;
}

export interface TaskRun {
  id: string;
  taskId: string;
  parentTaskRunId?: string;
  value?: string;
  attempts?: Attempt[];
  outputs?: Record<string, Json>;
  state: State;
}

export interface Execution {
  id: string;
  namespace: string;
  flowId: string;
  flowRevision: number;
  taskRunList?: TaskRun[];
  inputs?: Record<string, Json>;
  outputs?: Record<string, Json>;
  labels?: Label[];
  variables?: Record<string, Json>;
  trigger?: { id: string; type: string; variables?: Record<string, Json> };
  state: State;
  originalId?: string;
  parentId?: string;
}

export interface LogEntry {
  taskId?: string;
  taskRunId?: string;
  attemptNumber?: number;
  timestamp: string;
  level: Level;
  message: string;
  index?: number;
  namespace?: string;
  flowId?: string;
  executionId?: string;
}

export type Level = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";

export interface Fix {
  title?: string;
  from: number;
  to: number;
  text: string;
}

export interface Finding {
  code: string;
  message: string;
  path: string;
  line: number;
  column?: number;
  severity: "ERROR" | "WARNING" | "INFO";
  blocking?: boolean;
  suggestion?: string;
  fix?: Fix;
  /** Offsets in the text, in UTF-16 units. */
  from: number;
  to: number;
}

export interface Hunk {
  index: number;
  oldStart: number;
  old: string[];
  newStart: number;
  new: string[];
}

/** What a draft would do, as far as that is known before a run. */
export interface Preview {
  inputs: { id: string; type: string; value?: Json; missing?: boolean; needs?: string[]; problem?: string }[];
  triggers: {
    id: string;
    type: string;
    disabled: boolean;
    waitsFor?: "poll" | "event" | "call";
    next?: string[];
    local?: string[];
    conditional?: boolean;
    problem?: string;
  }[];
  order: { number: string; id: string; type: string; how: string; inside?: string; branch?: string; after?: string[]; disabled?: boolean; runIf?: string }[];
  values: { task: string; property: string; written: string; value?: string; needs?: string[]; problem?: string }[];
}

export interface Draft {
  id: string;
  yaml: string;
  baseYaml: string;
  hash: string;
  planner: string;
  words: string;
  findings: Finding[];
  placeholders: string[];
  notes: string[];
  accepted: boolean;
  valid: boolean;
  hunks: Hunk[];
  preview?: Preview | null;
}

export interface Chip {
  id: string;
  kind: string;
  label: string;
  tokens: number;
}

export interface Citation {
  number: number;
  title: string;
  heading: string;
  source: string;
  startLine: number;
  endLine: number;
  text: string;
}

export interface TriggerState {
  namespace: string;
  flowId: string;
  triggerId: string;
  kind: string;
  nextExecutionDate?: string;
  lastTriggeredDate?: string;
  executionId?: string;
  disabled: boolean;
  locked: boolean;
  backfill?: Backfill;
}

export interface Backfill {
  start: string;
  end?: string;
  currentDate?: string;
  paused?: boolean;
  parallel?: number;
  progress?: { done: number; running: number; left: number; total: number; estimated: boolean; estimatedEnd?: string };
}

export interface TriggerRow {
  trigger: Task;
  state: TriggerState;
}

export interface GraphNode {
  uid: string;
  type: string;
  task?: Task;
  triggerDeclaration?: Task;
  relationType?: string;
  branchType?: string;
  taskRun?: TaskRun;
}

export interface GraphEdge {
  source: string;
  target: string;
  relation?: { relationType?: string; value?: string };
}

export interface GraphCluster {
  cluster: { uid: string; relationType?: string; taskNode?: GraphNode };
  nodes: string[];
  parents: string[];
  start: string;
  end: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  clusters: GraphCluster[];
}

export interface Passage {
  chunkId: string;
  kind: string;
  type: string;
  title: string;
  heading: string;
  source: string;
  startLine: number;
  endLine: number;
  text: string;
  score: number;
  collection: string;
}

export interface PluginGroup {
  title: string;
  group: string;
  tasks: PluginName[];
  triggers: PluginName[];
  conditions: PluginName[];
  taskRunners: PluginName[];
}

export interface PluginName {
  cls: string;
  title: string;
}
