import { useState } from "react";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/format";
import { previewText } from "./preview";

const FIRST = 40;

/** JSON value as a tree that opens level by level; long lists show more items on request. */
export function JsonTree({ value, depth = 0 }: { value: unknown; depth?: number }) {
  const [shown, setShown] = useState(FIRST);
  if (typeof value !== "object" || value === null) return <Leaf value={value} />;
  const entries = Object.entries(value);
  if (entries.length === 0)
    return <span className="text-ink-faint">{Array.isArray(value) ? "no items" : "no fields"}</span>;
  return (
    <ul className={depth > 0 ? "ml-1 border-l pl-3" : undefined}>
      {entries.slice(0, shown).map(([key, each]) => (
        <li key={key} className="py-0.5">
          {typeof each === "object" && each !== null && Object.keys(each).length > 0 ? (
            <details open={depth < 1}>
              <summary className="cursor-pointer rounded text-ink-faint marker:text-ink-faint hover:text-ink">
                {key} <span className="text-[11px]">{Array.isArray(each) ? previewText(each).text : ""}</span>
              </summary>
              <JsonTree value={each} depth={depth + 1} />
            </details>
          ) : (
            <div className="flex items-baseline justify-between gap-4">
              <span className="shrink-0 text-ink-faint">{key}</span>
              <Leaf value={each} />
            </div>
          )}
        </li>
      ))}
      {entries.length > shown && (
        <li>
          <Button variant="ghost" onClick={() => setShown(shown * 4)}>
            Show more ({count(entries.length - shown)} left)
          </Button>
        </li>
      )}
    </ul>
  );
}

function Leaf({ value }: { value: unknown }) {
  const text =
    value === null || value === undefined
      ? "none"
      : typeof value === "string"
        ? value || "empty"
        : String(value);
  return <span className="figures min-w-0 text-right font-mono text-[12.5px] break-all">{text}</span>;
}
