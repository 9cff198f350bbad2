import {
  Background,
  MiniMap,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  type NodeChange,
  type ReactFlowInstance,
} from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { StrategySummary } from "@/api/types";
import { Skeleton } from "@/components/ui/card";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { FIT, useViewport } from "./flow-hooks";
import { FlowEdge, type FlowEdgeType } from "./FlowEdge";
import { FlowNode, type FlowNodeType } from "./FlowNode";
import type { Direction, Positions } from "./layout";
import { makeMapNode } from "./MapNode";
import type { Structure } from "./structure";
import { useLayout } from "./use-layout";

const nodeTypes = { card: FlowNode };
const edgeTypes = { flow: FlowEdge };
const NARROW = 640;
/** Zoom at the start of a diagram that is too large to be readable as a whole. */
const OPENING_ZOOM = 0.7;
const MANY_NODES = 150;
const ROOM_FOR_MAP = 960;

export interface DiagramProps {
  structure: Structure;
  selected: string | null;
  onSelect: (id: string | null) => void;
  /** Strategies for the cards of a bot's diagram. */
  strategies?: readonly StrategySummary[];
  strategyHref?: (id: string) => string;
  currency?: string | undefined;
  /** Strategy that owns the nodes; empty for a bot's own nodes. */
  strategyId?: string | null;
  className?: string;
}

function useBox() {
  const ref = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<{ width: number; height: number } | null>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setBox({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, box };
}

export function WorkflowDiagram(props: DiagramProps) {
  const { ref, box } = useBox();
  const direction: Direction = box !== null && box.width < NARROW ? "TB" : "LR";
  const positions = useLayout(props.structure, direction);
  return (
    <div ref={ref} className={cn("relative overflow-hidden rounded-xl border bg-sunken", props.className)}>
      {box === null || positions === null ? (
        <div role="status" className="flex h-full items-center justify-center gap-10">
          <span className="sr-only">Drawing the workflow</span>
          {[0, 1, 2].map((each) => (
            <Skeleton key={each} className="h-32 w-52 rounded-xl" />
          ))}
        </div>
      ) : (
        <ReactFlowProvider key={`${direction}|${props.structure.signature}`}>
          <Canvas {...props} direction={direction} positions={positions} box={box} />
        </ReactFlowProvider>
      )}
    </div>
  );
}

interface CanvasProps extends DiagramProps {
  direction: Direction;
  positions: Positions;
  box: { width: number; height: number };
}

function Canvas({
  structure,
  selected,
  onSelect,
  strategies,
  strategyHref,
  currency,
  strategyId,
  direction,
  positions,
  box,
}: CanvasProps) {
  const nodes = useMemo(
    () =>
      structure.cards.map((card): FlowNodeType => ({
        id: card.id,
        type: "card",
        position: positions[card.id] ?? { x: 0, y: 0 },
        width: card.width,
        height: card.height,
        selected: card.id === selected,
        ariaLabel: `${card.title}, ${card.category}`,
        data: {
          card,
          direction,
          currency,
          strategy: strategies?.find((each) => each.id === card.id),
          href: strategyHref?.(card.id) ?? "",
        },
      })),
    [structure, positions, selected, direction, strategies, strategyHref, currency],
  );
  const edges = useMemo(() => {
    const kinds = new Map(structure.cards.map((card) => [card.id, card.kind]));
    return structure.lines.map((line): FlowEdgeType => ({
      id: line.id,
      type: "flow",
      source: line.source,
      target: line.target,
      sourceHandle: line.sourceHandle,
      targetHandle: line.targetHandle,
      selectable: false,
      focusable: false,
      data: { line, fromStrategy: kinds.get(line.source) === "strategy" },
    }));
  }, [structure]);
  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNodeType>[]) => {
      const chosen = changes.find((change) => change.type === "select" && change.selected);
      if (chosen?.type === "select") onSelect(chosen.id);
    },
    [onSelect],
  );
  const mapNode = useMemo(() => makeMapNode(strategyId ?? ""), [strategyId]);
  const onInit = useCallback(
    (flow: ReactFlowInstance<FlowNodeType, FlowEdgeType>) =>
      openAt(flow, positions, structure, box, selected),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the opening view is chosen once
    [],
  );
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onInit={onInit}
      onNodesChange={onNodesChange}
      onPaneClick={() => onSelect(null)}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      minZoom={0.15}
      maxZoom={1.6}
      zoomOnScroll={false}
      panOnScroll
      preventScrolling={false}
      panOnScrollSpeed={0.8}
      deleteKeyCode={null}
      onlyRenderVisibleElements={structure.cards.length > MANY_NODES}
      aria-label="Workflow diagram"
    >
      <Background gap={22} size={1.4} color="var(--line)" />
      <Controls />
      {box.width >= ROOM_FOR_MAP && structure.cards.length > 6 && (
        <MiniMap
          pannable
          zoomable
          position="bottom-right"
          nodeComponent={mapNode}
          bgColor="var(--surface)"
          maskColor="color-mix(in oklab, var(--sunken) 70%, transparent)"
          className="!m-3 overflow-hidden rounded-lg border shadow-card"
          style={{ width: 168, height: 96 }}
          ariaLabel="Overview of the workflow"
        />
      )}
    </ReactFlow>
  );
}

function openAt(
  flow: ReactFlowInstance<FlowNodeType, FlowEdgeType>,
  positions: Positions,
  structure: Structure,
  box: { width: number; height: number },
  selected: string | null,
): void {
  const at = structure.cards.map((card) => ({ ...card, ...(positions[card.id] ?? { x: 0, y: 0 }) }));
  if (at.length === 0) return;
  const left = Math.min(...at.map((card) => card.x));
  const top = Math.min(...at.map((card) => card.y));
  const width = Math.max(...at.map((card) => card.x + card.width)) - left;
  const height = Math.max(...at.map((card) => card.y + card.height)) - top;
  const margin = 28;
  const whole = Math.min((box.width - 2 * margin) / width, (box.height - 2 * margin) / height);
  if (whole >= OPENING_ZOOM) {
    void flow.fitView(FIT);
    return;
  }
  const zoom = OPENING_ZOOM;
  const chosen = at.find((card) => card.id === selected);
  if (chosen) {
    void flow.setCenter(chosen.x + chosen.width / 2, chosen.y + chosen.height / 2, { zoom });
    return;
  }
  const roomX = box.width - width * zoom;
  const roomY = box.height - height * zoom;
  void flow.setViewport({
    x: (roomX > 0 ? roomX / 2 : margin) - left * zoom,
    y: (roomY > 0 ? roomY / 2 : margin) - top * zoom,
    zoom,
  });
}

function Controls() {
  const { zoomIn, zoomOut, fit } = useViewport();
  return (
    <Panel
      position="bottom-left"
      className="!m-3 flex overflow-hidden rounded-lg border bg-surface shadow-card"
    >
      <Button variant="ghost" size="icon" className="rounded-none" aria-label="Zoom out" onClick={zoomOut}>
        <Minus />
      </Button>
      <Button
        variant="ghost"
        size="icon"
        className="rounded-none border-x"
        aria-label="Show the whole workflow"
        onClick={fit}
      >
        <Maximize />
      </Button>
      <Button variant="ghost" size="icon" className="rounded-none" aria-label="Zoom in" onClick={zoomIn}>
        <Plus />
      </Button>
    </Panel>
  );
}
