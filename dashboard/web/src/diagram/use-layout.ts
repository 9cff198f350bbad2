import { useEffect, useState } from "react";
import type { Direction, LayoutRequest, Positions } from "./layout";
import type { Structure } from "./structure";

const cache = new Map<string, Positions>();
const CACHED_LAYOUTS = 40;
let worker: Worker | null = null;
let jobs = 0;
const waiting = new Map<number, (positions: Positions) => void>();

async function compute(request: LayoutRequest): Promise<Positions> {
  if (typeof Worker === "undefined") return (await import("./layout")).place(request);
  if (!worker) {
    worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<{ job: number; positions: Positions }>) => {
      waiting.get(data.job)?.(data.positions);
      waiting.delete(data.job);
    };
  }
  const job = (jobs += 1);
  const done = new Promise<Positions>((resolve) => waiting.set(job, resolve));
  worker.postMessage({ job, request });
  return done;
}

/** Returns the cards' positions, computed in a worker and cached for each structure; null until known. */
export function useLayout(structure: Structure, direction: Direction): Positions | null {
  const key = `${direction}|${structure.signature}`;
  const [made, setMade] = useState<{ key: string; positions: Positions } | null>(null);
  const { cards, lines } = structure;
  useEffect(() => {
    if (cache.has(key)) return;
    let current = true;
    const boxes = cards.map(({ id, width, height, position }) => ({ id, width, height, position }));
    const pairs = lines.map(({ source, target }) => ({ source, target }));
    void compute({ boxes, lines: pairs, direction }).then((positions) => {
      if (cache.size >= CACHED_LAYOUTS) cache.clear();
      cache.set(key, positions);
      if (current) setMade({ key, positions });
    });
    return () => {
      current = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for cards and lines
  }, [key, direction]);
  return cache.get(key) ?? (made?.key === key ? made.positions : null);
}
