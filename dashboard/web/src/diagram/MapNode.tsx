import type { MiniMapNodeProps } from "@xyflow/react";
import { groupStatus, useNode, useProgress, useRun, viewStatus } from "./source";

const FILL = {
  idle: "var(--line-strong)",
  pending: "var(--line-strong)",
  waiting: "var(--line-strong)",
  running: "var(--busy)",
  retrying: "var(--warn)",
  success: "var(--good)",
  failed: "var(--bad)",
  skipped: "var(--line)",
  cancelled: "var(--warn)",
} as const;

/** Node in the minimap, in the colour of its state. The minimap knows only ids; `prefix` completes the store's key. */
export function makeMapNode(prefix: string) {
  return function MapNode({ id, x, y, width, height }: MiniMapNodeProps) {
    const run = useRun();
    const node = useNode(`${prefix}/${id}`);
    const group = useProgress(id);
    const status = !node && group ? groupStatus(group, run) : viewStatus(node, run);
    return <rect x={x} y={y} width={width} height={height} rx={24} fill={FILL[status]} />;
  };
}
