/** Positions of the cards: those of the document if they leave room, else layers along the flow. */
import { Graph, layout as dagre } from "@dagrejs/dagre";

export type Direction = "LR" | "TB";

export interface Box {
  id: string;
  width: number;
  height: number;
  position: { x: number; y: number } | null;
}

export interface LayoutRequest {
  boxes: Box[];
  lines: { source: string; target: string }[];
  direction: Direction;
}

export type Positions = Record<string, { x: number; y: number }>;

const GAP_X = 44;
const GAP_Y = 22;
const MOST_STRETCH = 2.5;
const STRETCH_STEP = 0.05;

function overlap(boxes: readonly Box[], scaleX: number, scaleY: number): boolean {
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length; j += 1) {
      const a = boxes[i];
      const b = boxes[j];
      if (!a?.position || !b?.position) return true;
      const dx = Math.abs(a.position.x - b.position.x) * scaleX;
      const dy = Math.abs(a.position.y - b.position.y) * scaleY;
      const width = (a.position.x < b.position.x ? a : b).width + GAP_X;
      const height = (a.position.y < b.position.y ? a : b).height + GAP_Y;
      if (dx < width && dy < height) return true;
    }
  }
  return false;
}

/**
 * Returns the document's positions, stretched as little as the cards need. Flows are long, so the sideways
 * stretch is the smallest. Returns null if a node has no position, or if the stretch would exceed
 * `MOST_STRETCH`.
 */
export function documentPositions(boxes: readonly Box[]): Positions | null {
  if (boxes.length === 0 || boxes.some((box) => box.position === null)) return null;
  for (let scaleX = 1; scaleX <= MOST_STRETCH; scaleX += STRETCH_STEP) {
    if (overlap(boxes, scaleX, MOST_STRETCH)) continue;
    let scaleY = 1;
    while (overlap(boxes, scaleX, scaleY)) scaleY += STRETCH_STEP;
    return Object.fromEntries(
      boxes.map(({ id, position }) => [
        id,
        { x: Math.round((position?.x ?? 0) * scaleX), y: Math.round((position?.y ?? 0) * scaleY) },
      ]),
    );
  }
  return null;
}

export function layered({ boxes, lines, direction }: LayoutRequest): Positions {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({
    rankdir: direction,
    nodesep: direction === "LR" ? 28 : 20,
    ranksep: direction === "LR" ? 88 : 52,
    marginx: 8,
    marginy: 8,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) graph.setNode(box.id, { width: box.width, height: box.height });
  for (const line of lines) graph.setEdge(line.source, line.target);
  dagre(graph);
  return Object.fromEntries(
    boxes.map((box) => {
      const { x, y } = graph.node(box.id) as { x: number; y: number };
      return [box.id, { x: Math.round(x - box.width / 2), y: Math.round(y - box.height / 2) }];
    }),
  );
}

export function place(request: LayoutRequest): Positions {
  // Documents run left to right. A narrow screen runs downwards and needs its own layers.
  const own = request.direction === "LR" ? documentPositions(request.boxes) : null;
  return own ?? layered(request);
}
