/** Converts a workflow document and the node types into cards and lines, with sizes known before drawing. */
import type { NodeType, Port, WorkflowDocument, WorkflowNode } from "@/api/types";
import { humanise } from "@/lib/format";
import { nodeKey } from "@/live/node";

export const CARD_WIDTH = 256;
const HEADER = 56;
const PARAMS = 30;
const ROW = 22;
const FOOTER = 31;
const BODY_PADDING = 14;
const MOST_ROWS = 4;
const ROWS_OF_ONE_OUTPUT = 3;
const STRATEGY_ROWS = 3;
const STRATEGY_TYPE = "strategy";
/** Implicit control input of every node. */
const WHEN = "when";
/** Output of a control line when the document names none. */
const DONE = "done";

export interface Param {
  name: string;
  label: string;
  value: unknown;
  /** True if the document sets no value: the type's default applies. */
  isDefault: boolean;
}

export interface Card {
  id: string;
  /** Key of the node's state in the live store. */
  key: string;
  kind: "node" | "strategy";
  type: string;
  title: string;
  category: string;
  description: string;
  pool: string | null;
  params: Param[];
  inputs: string[];
  outputs: string[];
  branches: string[];
  rows: number;
  width: number;
  height: number;
  position: { x: number; y: number } | null;
}

export interface Line {
  id: string;
  source: string;
  sourceHandle: string;
  target: string;
  targetHandle: string;
  sourceKey: string;
  targetKey: string;
  /** Branch of the line, if its source is a condition. */
  branch: string | null;
}

export interface Structure {
  /** Text that changes exactly when the drawing changes. */
  signature: string;
  cards: Card[];
  lines: Line[];
}

interface Schema {
  properties?: Record<string, { title?: string; default?: unknown }>;
}

/** Returns the label that the document's author gave the node. */
function labelOf(node: WorkflowNode): string | null {
  const label = (node as { label?: unknown }).label;
  return typeof label === "string" && label !== "" ? label : null;
}

/**
 * Returns the label of a parameter. A title that only repeats the name ("Maxages") is replaced by the readable
 * name.
 */
function paramLabel(name: string, title: string | undefined): string {
  const repeats = title?.toLowerCase().replaceAll(" ", "") === name.toLowerCase().replaceAll("_", "");
  return title === undefined || repeats ? humanise(name) : title;
}

function paramsOf(node: WorkflowNode, type: NodeType | undefined): Param[] {
  const own = (node.params ?? {}) as Record<string, unknown>;
  const properties = ((type?.params ?? {}) as Schema).properties ?? {};
  const names = [...Object.keys(own), ...Object.keys(properties).filter((name) => !(name in own))];
  return names.map((name) => ({
    name,
    label: paramLabel(name, properties[name]?.title),
    value: name in own ? own[name] : properties[name]?.default,
    isDefault: !(name in own),
  }));
}

function portNames(declared: readonly Port[] | undefined, used: Iterable<string>): string[] {
  const names = (declared ?? []).map((port) => port.name);
  return [...names, ...[...used].filter((name) => !names.includes(name))];
}

function rowsFor(outputs: number): number {
  if (outputs === 0) return 1;
  return outputs === 1 ? ROWS_OF_ONE_OUTPUT : Math.min(outputs, MOST_ROWS);
}

export function buildStructure(
  document: WorkflowDocument,
  types: ReadonlyMap<string, NodeType>,
  strategyId: string | null,
): Structure {
  const cards = document.nodes.map((node): Card => {
    const type = types.get(node.type);
    const ins = new Set(
      document.edges.filter((edge) => edge.target === node.id).map((edge) => edge.targetHandle),
    );
    const outs = new Set(
      document.edges.filter((edge) => edge.source === node.id).map((edge) => edge.sourceHandle ?? DONE),
    );
    const branches = type?.branches ?? [];
    const declared = type?.outputs.filter((port) => !branches.includes(port.name));
    const outputs = portNames(
      declared,
      [...outs].filter((name) => !branches.includes(name)),
    );
    const params = paramsOf(node, type);
    const isStrategy = node.type === STRATEGY_TYPE;
    const rows = isStrategy ? STRATEGY_ROWS : rowsFor(outputs.length);
    const paramsHeight = !isStrategy && params.length > 0 ? PARAMS : 0;
    return {
      id: node.id,
      key: nodeKey(strategyId, node.id),
      kind: isStrategy ? "strategy" : "node",
      type: node.type,
      title: labelOf(node) ?? type?.title ?? humanise(node.id),
      category: isStrategy ? "strategy" : (type?.category ?? "custom"),
      description: type?.description ?? "",
      pool: type?.pool ?? null,
      params,
      inputs: portNames(
        type?.inputs.filter((port) => port.name !== WHEN),
        ins,
      ),
      outputs,
      branches,
      rows,
      width: CARD_WIDTH,
      height: HEADER + paramsHeight + BODY_PADDING + rows * ROW + FOOTER,
      position: node.position ?? null,
    };
  });
  const byId = new Map(cards.map((card) => [card.id, card]));
  const lines = document.edges
    .filter((edge) => byId.has(edge.source) && byId.has(edge.target))
    .map((edge) => ({ ...edge, sourceHandle: edge.sourceHandle ?? DONE }))
    .map((edge): Line => ({
      id: `${edge.source}.${edge.sourceHandle}>${edge.target}.${edge.targetHandle}`,
      source: edge.source,
      sourceHandle: edge.sourceHandle,
      target: edge.target,
      targetHandle: edge.targetHandle,
      sourceKey: nodeKey(strategyId, edge.source),
      targetKey: nodeKey(strategyId, edge.target),
      branch: byId.get(edge.source)?.branches.includes(edge.sourceHandle) ? edge.sourceHandle : null,
    }));
  const signature = JSON.stringify([
    cards.map((card) => [card.id, card.type, card.height, card.position]),
    lines.map((line) => line.id),
  ]);
  return { signature, cards, lines };
}

/** Returns the cards in topological order, for lists and screen readers. */
export function inOrder(structure: Structure): Card[] {
  const waiting = new Map(structure.cards.map((card) => [card.id, 0]));
  for (const line of structure.lines) waiting.set(line.target, (waiting.get(line.target) ?? 0) + 1);
  const ready = structure.cards.filter((card) => waiting.get(card.id) === 0);
  const order: Card[] = [];
  const byId = new Map(structure.cards.map((card) => [card.id, card]));
  for (let card = ready.shift(); card; card = ready.shift()) {
    order.push(card);
    for (const line of structure.lines) {
      if (line.source !== card.id) continue;
      const left = (waiting.get(line.target) ?? 1) - 1;
      waiting.set(line.target, left);
      const target = byId.get(line.target);
      if (left === 0 && target) ready.push(target);
    }
  }
  return order.length === structure.cards.length ? order : [...structure.cards];
}
