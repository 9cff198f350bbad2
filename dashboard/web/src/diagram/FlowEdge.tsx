import { BaseEdge, EdgeLabelRenderer, getBezierPath, type Edge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { cn } from "@/lib/cn";
import { groupStatus, lineState, useNode, useProgress, useRun, viewStatus, type LineState } from "./source";
import type { Line } from "./structure";

export type FlowEdgeType = Edge<{ line: Line; fromStrategy: boolean }, "flow">;

/** Line of the diagram: bright after data has passed, dashed and dim when its branch was not taken. */
export const FlowEdge = memo(function FlowEdge(props: EdgeProps<FlowEdgeType>) {
  const { data, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props;
  const line = data?.line;
  const run = useRun();
  const node = useNode(line?.sourceKey ?? "");
  const group = useProgress(line?.source ?? "");
  const status = data?.fromStrategy ? groupStatus(group, run) : viewStatus(node, run);
  const state: LineState = lineState(node, status, line?.branch ?? null);
  const [path, labelX, labelY] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  });
  const beat = node?.beat ?? 0;
  return (
    <>
      <BaseEdge id={props.id} path={path} className="edge-line" data-state={state} interactionWidth={0} />
      {state === "taken" && beat > 0 && (
        <path key={beat} d={path} pathLength={1} className="edge-pulse" aria-hidden />
      )}
      {line?.branch && (
        <EdgeLabelRenderer>
          <span
            className={cn(
              "pointer-events-none absolute rounded-full border bg-surface px-1.5 py-px text-[11px] font-medium",
              state === "taken" ? "border-accent/60 text-accent" : "text-ink-faint",
              state === "dead" && "line-through",
            )}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            {line.branch}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
