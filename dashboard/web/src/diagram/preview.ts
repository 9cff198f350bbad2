/** Values shortened to fit a card. */
import { count, humanise, isNumeric, plain, shorten } from "@/lib/format";
import { localTime } from "@/lib/time";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
/** Digits of the longest quantity; longer numbers are identifiers, such as token ids. */
const LONGEST_NUMBER = 18;
/** Text of the server in place of a nested value, when it cuts outputs to a preview. */
const CUT = /^[{[](\d+ \w+)[}\]]$/;
/** Range of epoch milliseconds (2017 to 2049); quantities of that size do not occur. */
const EPOCH_MS: readonly [number, number] = [1.5e12, 2.5e12];

function isEpoch(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= EPOCH_MS[0] && (value as number) <= EPOCH_MS[1];
}

export interface PreviewRow {
  label: string;
  text: string;
  /** Complete value as text, shown on hover. */
  full: string;
  numeric: boolean;
}

export function previewText(value: unknown): { text: string; numeric: boolean } {
  if (value === null || value === undefined) return { text: "none", numeric: false };
  if (typeof value === "boolean") return { text: value ? "yes" : "no", numeric: false };
  if (isEpoch(value)) return { text: localTime(value), numeric: false };
  if (isNumeric(value) && String(value).length <= LONGEST_NUMBER)
    return { text: plain(value), numeric: true };
  if (typeof value === "string") {
    const cut = CUT.exec(value);
    if (cut?.[1]) return { text: cut[1], numeric: false };
    if (value === "") return { text: "empty", numeric: false };
    return { text: ISO.test(value) ? localTime(value) : shorten(value, 26), numeric: false };
  }
  if (Array.isArray(value)) return { text: items(value.length), numeric: false };
  return { text: inner(value as Record<string, unknown>), numeric: false };
}

function items(length: number): string {
  return length === 1 ? "1 item" : `${count(length)} items`;
}

function inner(value: Record<string, unknown>): string {
  const entries = Object.entries(value);
  if (entries.length === 0) return "empty";
  const scalars = entries.filter(([, each]) => typeof each !== "object" && each !== undefined).slice(0, 2);
  if (scalars.length === 0) return entries.length === 1 ? "1 field" : `${entries.length} fields`;
  return scalars.map(([key, each]) => `${key} ${previewText(each).text}`).join(" · ");
}

export function fullText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 1) ?? "none");
}

/** Returns the rows of a card: one for each output. A single output that is an object has a row for each field. */
export function previewRows(
  outputs: Record<string, unknown>,
  ports: readonly string[],
  limit: number,
): PreviewRow[] {
  const named = [
    ...ports.filter((port) => port in outputs),
    ...Object.keys(outputs).filter((key) => !ports.includes(key)),
  ];
  let entries = named.map((name): [string, unknown] => [name, outputs[name]]);
  const only = entries.length === 1 ? entries[0]?.[1] : undefined;
  if (typeof only === "object" && only !== null && !Array.isArray(only) && Object.keys(only).length > 0) {
    entries = Object.entries(only);
    // Plain values come first: on one line they say more than nested ones.
    entries.sort(
      ([, a], [, b]) =>
        Number(typeof a === "object" && a !== null) - Number(typeof b === "object" && b !== null),
    );
  }
  return entries.slice(0, limit).map(([name, value]) => {
    const { text, numeric } = previewText(value);
    return { label: humanise(name), text, full: fullText(value), numeric };
  });
}
