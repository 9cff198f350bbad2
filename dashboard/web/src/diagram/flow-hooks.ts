/** Own hooks around React Flow's internal store: its next major version changes that store's hooks. */
import { useReactFlow, useStore } from "@xyflow/react";
import { useCallback } from "react";

/** Zoom below which small text is unreadable; a card then shows only title and state, enlarged. */
const LEGIBLE_ZOOM = 0.5;

export function useIsFar(): boolean {
  return useStore((state) => state.transform[2] < LEGIBLE_ZOOM);
}

export interface Viewport {
  zoomIn: () => void;
  zoomOut: () => void;
  fit: () => void;
}

export const FIT = { padding: 0.06, maxZoom: 1, minZoom: 0.2 };

export function useViewport(): Viewport {
  const flow = useReactFlow();
  const zoomIn = useCallback(() => void flow.zoomIn({ duration: 150 }), [flow]);
  const zoomOut = useCallback(() => void flow.zoomOut({ duration: 150 }), [flow]);
  const fit = useCallback(() => void flow.fitView({ ...FIT, duration: 200 }), [flow]);
  return { zoomIn, zoomOut, fit };
}
