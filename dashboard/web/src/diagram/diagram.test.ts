import { describe, expect, it } from "vitest";
import type { NodeType, WorkflowDocument } from "@/api/types";
import { execution, run } from "@/live/events.fixture";
import { applyNodeEvent } from "@/live/node";
import { documentPositions, layered, place, type Box } from "./layout";
import { previewRows, previewText } from "./preview";
import { lineState, replaySource, viewStatus } from "./source";
import { buildStructure, inOrder } from "./structure";

const type = (over: Partial<NodeType>): NodeType => ({
  type: "t",
  title: "Type",
  category: "transform",
  description: "",
  pool: "quick",
  timeoutS: 1,
  inputs: [],
  outputs: [],
  branches: [],
  params: {},
  ...over,
});
const types = new Map([
  [
    "gate",
    type({
      type: "gate",
      category: "condition",
      branches: ["yes", "no"],
      params: { properties: { limit: { title: "Limit", default: 5 } } },
    }),
  ],
]);
const node = (id: string, over: object = {}) => ({
  id,
  type: "gate",
  params: {},
  position: null,
  retry: null,
  timeoutS: null,
  onError: "fail" as const,
  ...over,
});
const document = {
  id: "w",
  name: "W",
  kind: "strategy",
  schema: 1,
  nodes: [node("end"), node("start", { params: { limit: 7 }, label: "The start" })],
  edges: [
    { source: "start", sourceHandle: "yes", target: "end", targetHandle: "x" },
    { source: "start", sourceHandle: null, target: "end", targetHandle: "when" },
    { source: "gone", sourceHandle: "a", target: "end", targetHandle: "x" },
  ],
} as unknown as WorkflowDocument;

describe("buildStructure", () => {
  const built = buildStructure(document, types, "s1");
  it("names cards and keys, and tells own parameters from defaults", () => {
    const [end, start] = built.cards;
    expect(start).toMatchObject({ title: "The start", key: "s1/start", category: "condition" });
    expect(start?.params).toEqual([{ name: "limit", label: "Limit", value: 7, isDefault: false }]);
    expect(end?.params[0]).toMatchObject({ value: 5, isDefault: true });
  });
  it("gives every line a port at both ends, and leaves out lines to nowhere", () => {
    expect(built.lines.map((line) => [line.sourceHandle, line.branch])).toEqual([
      ["yes", "yes"],
      ["done", null],
    ]);
    const start = built.cards.find((card) => card.id === "start");
    expect([...(start?.outputs ?? []), ...(start?.branches ?? [])]).toEqual(
      expect.arrayContaining(["yes", "done"]),
    );
  });
  it("orders the list by the flow", () => {
    expect(inOrder(built).map((card) => card.id)).toEqual(["start", "end"]);
  });
});

describe("layout", () => {
  const box = (id: string, x: number, y: number): Box => ({
    id,
    width: 256,
    height: 180,
    position: { x, y },
  });
  const overlaps = (boxes: Box[], at: Record<string, { x: number; y: number }>) =>
    boxes.some((a) =>
      boxes.some(
        (b) =>
          a.id < b.id &&
          Math.abs((at[a.id]?.x ?? 0) - (at[b.id]?.x ?? 0)) < 256 &&
          Math.abs((at[a.id]?.y ?? 0) - (at[b.id]?.y ?? 0)) < 180,
      ),
    );
  it("keeps the document's arrangement and makes room for the cards", () => {
    const boxes = [box("a", 0, 0), box("b", 260, 0), box("c", 260, 130)];
    const at = documentPositions(boxes);
    expect(at?.["a"]).toEqual({ x: 0, y: 0 });
    expect(at?.["b"]?.x).toBe(at?.["c"]?.x);
    expect(overlaps(boxes, at ?? {})).toBe(false);
  });
  it("lays out in layers where positions are missing or on top of each other", () => {
    const boxes = [box("a", 0, 0), box("b", 0, 0)];
    expect(documentPositions(boxes)).toBeNull();
    const at = place({ boxes, lines: [{ source: "a", target: "b" }], direction: "LR" });
    expect((at["b"]?.x ?? 0) - (at["a"]?.x ?? 0)).toBeGreaterThan(256);
  });
  it("reads downwards on narrow screens", () => {
    const boxes = [box("a", 0, 0), box("b", 400, 0)];
    const at = place({ boxes, lines: [{ source: "a", target: "b" }], direction: "TB" });
    expect(at["b"]?.y ?? 0).toBeGreaterThan((at["a"]?.y ?? 0) + 180);
  });
  it("never puts two of sixty cards on top of each other", () => {
    const boxes = Array.from({ length: 60 }, (_, n): Box => ({
      id: String(n).padStart(2, "0"),
      width: 256,
      height: 180,
      position: null,
    }));
    const lines = boxes
      .slice(1)
      .map((each, n) => ({ source: boxes[Math.floor(n / 2)]?.id ?? "", target: each.id }));
    expect(overlaps(boxes, layered({ boxes, lines, direction: "LR" }))).toBe(false);
  });
});

describe("states", () => {
  const done = applyNodeEvent(undefined, execution("1-0", "a", { status: "success", branch: "yes" }));
  it("lights the branch taken and dims the other", () => {
    expect(lineState(done, "success", "yes")).toBe("taken");
    expect(lineState(done, "success", "no")).toBe("dead");
    expect(lineState(done, "success", null)).toBe("taken");
    expect(lineState(done, "failed", null)).toBe("dead");
  });
  it("waits again as soon as a newer run is under way", () => {
    expect(viewStatus(done, run("r2", { status: "running" }))).toBe("waiting");
    expect(viewStatus(done, run("r1", { status: "running" }))).toBe("success");
    expect(viewStatus(undefined, null)).toBe("idle");
  });
  it("shows a past run from its record alone", () => {
    const nodes = [
      {
        nodeId: "a",
        strategyId: "s1",
        status: "failed",
        attempt: 2,
        outputs: {},
        truncated: false,
        tweaked: false,
        runId: "r9",
        startedAt: null,
      },
    ];
    const { store, mode } = replaySource({ ...run("r9"), workflowDigest: "d", nodes } as never);
    expect(mode).toBe("replay");
    expect(store.node("s1/a")).toMatchObject({ status: "failed", attempt: 2 });
    expect(store.run()?.id).toBe("r9");
  });
});

describe("previews", () => {
  it("groups numbers, but leaves long identifiers alone", () => {
    expect(previewText("64240.5")).toEqual({ text: "64,240.5", numeric: true });
    expect(
      previewText("71321045679252212594626385532706912750332728571942532289631379312455583992563").text,
    ).toMatch(/^\d+…\d+$/);
  });
  it("opens a single output that is an object, plain values first", () => {
    const rows = previewRows({ book: { bids: [1, 2], bid: "0.47", ask: "0.49" } }, ["book"], 3);
    expect(rows.map((row) => [row.label, row.text])).toEqual([
      ["Bid", "0.47"],
      ["Ask", "0.49"],
      ["Bids", "2 items"],
    ]);
  });
  it("reads epoch milliseconds as a time and a cut value as its size", () => {
    expect(previewText(Date.UTC(2026, 1, 2, 11, 0, 5)).text).toMatch(/12:00:05$/);
    expect(previewText("{19 fields}").text).toBe("19 fields");
  });
  it("shows one row an output, in the order of the ports", () => {
    expect(previewRows({ b: null, a: true }, ["a", "b"], 4).map((row) => row.text)).toEqual(["yes", "none"]);
  });
});
