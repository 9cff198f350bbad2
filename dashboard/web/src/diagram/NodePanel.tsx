import { useQuery } from "@tanstack/react-query";
import { Check, Copy, Download, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";
import { NODE_LOOKS } from "@/components/status";
import { StatusChip } from "@/components/StatusChip";
import { Time } from "@/components/Time";
import { Button } from "@/components/ui/button";
import { count, duration, share, shorten } from "@/lib/format";
import type { NodeLive } from "@/live/node";
import { CategoryTile } from "./CategoryTile";
import { JsonTree } from "./JsonTree";
import { previewText } from "./preview";
import { useNode, useRun, viewStatus } from "./source";
import type { Card } from "./structure";

interface Props {
  card: Card;
  tweaks?: Record<string, unknown> | undefined;
  onClose?: () => void;
}

/** Details of one node: outputs, inputs, parameters and execution. */
export function NodePanel({ card, tweaks, onClose }: Props) {
  const node = useNode(card.key);
  const status = viewStatus(node, useRun());
  return (
    <div className="flex flex-col" data-panel={card.id}>
      <header className="flex items-start gap-3 border-b p-4 pr-12">
        <CategoryTile category={card.category} className="size-9" />
        <div className="min-w-0 flex-1">
          <h2 className="text-[15px] leading-5 font-semibold">{card.title}</h2>
          <p className="text-xs break-all text-ink-faint">
            {card.type} · {card.id}
          </p>
          <div className="mt-2 flex flex-wrap items-center gap-2">
            <StatusChip look={NODE_LOOKS[status]} />
            {node?.branch && (
              <span className="text-xs font-medium text-accent">took branch “{node.branch}”</span>
            )}
          </div>
        </div>
        {onClose && (
          <Button
            variant="ghost"
            size="icon"
            aria-label="Close the details"
            onClick={onClose}
            className="absolute top-3 right-3"
          >
            <X />
          </Button>
        )}
      </header>
      {card.description && (
        <p className="border-b px-4 py-3 text-sm text-pretty text-ink-soft">
          <Prose text={card.description} />
        </p>
      )}
      {node?.error && (
        <div role="alert" className="border-b bg-bad/7 px-4 py-3 text-sm">
          <p className="font-mono text-xs text-bad">{node.error.code}</p>
          <p className="mt-0.5 break-words">{node.error.message}</p>
          {node.error.traceback && (
            <details className="mt-2">
              <summary className="cursor-pointer text-xs text-ink-soft">Traceback</summary>
              <pre
                tabIndex={0}
                aria-label="Traceback"
                className="mt-1 max-h-72 overflow-auto rounded bg-surface p-2 font-mono text-xs"
              >
                {node.error.traceback}
              </pre>
            </details>
          )}
        </div>
      )}
      {node?.reason && !node.error && (
        <p className="border-b px-4 py-3 text-sm text-ink-soft">{node.reason}</p>
      )}
      {node ? (
        <Data key={node.runId} node={node} />
      ) : (
        <Section title="Outputs">Nothing yet: the node has not run.</Section>
      )}
      <Parameters card={card} tweaks={tweaks} />
      {node && <Execution node={node} pool={card.pool} />}
    </div>
  );
}

/** Text in which backticks mark code. */
function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="rounded bg-ink/7 px-1 font-mono text-[0.92em]">
        {part}
      </code>
    ),
  );
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-b px-4 py-3 text-[13px] last:border-b-0">
      <div className="mb-1.5 flex min-h-7 items-center justify-between gap-2">
        <h3 className="text-xs font-semibold tracking-wide text-ink-faint uppercase">{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Outputs and inputs: the preview from the event, or the complete values on request. */
function Data({ node }: { node: NodeLive }) {
  const [wanted, setWanted] = useState(false);
  const runId = node.runId ?? "";
  const whole = useQuery({
    queryKey: keys.runNode(runId, node.strategyId, node.nodeId),
    enabled: wanted && runId !== "",
    staleTime: Infinity,
    queryFn: () =>
      take(
        client.GET("/api/v1/runs/{runId}/nodes/{nodeId}", {
          params: { path: { runId, nodeId: node.nodeId }, query: { strategy: node.strategyId ?? undefined } },
        }),
      ),
  });
  const outputs = whole.data?.outputs ?? node.outputs;
  const inputs = whole.data?.inputs ?? node.inputs;
  const cut = node.truncated && !whole.data;
  const load = runId !== "" && !whole.data && (
    <Button
      onClick={() => (whole.isError ? void whole.refetch() : setWanted(true))}
      aria-disabled={whole.isFetching}
    >
      <Download /> {whole.isFetching ? "Loading…" : cut ? "Load whole values" : "Load inputs"}
    </Button>
  );
  return (
    <>
      <Section title="Outputs" aside={<CopyButton value={outputs} what="outputs" />}>
        <JsonTree value={outputs} />
        {cut && (
          <div className="mt-2 flex flex-wrap items-center justify-between gap-2 text-xs text-ink-faint">
            Cut to a preview. {load}
          </div>
        )}
        {whole.isError && (
          <p role="alert" className="mt-2 text-xs text-bad">
            {whole.error.message}
          </p>
        )}
      </Section>
      <Section title="Inputs" aside={inputs && <CopyButton value={inputs} what="inputs" />}>
        {inputs ? (
          <JsonTree value={inputs} />
        ) : cut || !load ? (
          <p className="text-ink-faint">Not kept in the preview.</p>
        ) : (
          load
        )}
      </Section>
    </>
  );
}

function CopyButton({ value, what }: { value: unknown; what: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      variant="ghost"
      size="icon"
      className="size-7"
      aria-label={copied ? `Copied the ${what}` : `Copy the ${what}`}
      onClick={() => {
        void navigator.clipboard.writeText(JSON.stringify(value, null, 2)).then(() => {
          setCopied(true);
          setTimeout(() => setCopied(false), 1500);
        });
      }}
    >
      {copied ? <Check className="text-good" /> : <Copy />}
    </Button>
  );
}

function Parameters({ card, tweaks }: { card: Card; tweaks: Record<string, unknown> | undefined }) {
  if (card.params.length === 0) return null;
  return (
    <Section title="Parameters">
      <dl className="space-y-1">
        {card.params.map((param) => {
          const tweaked = tweaks !== undefined && param.name in tweaks;
          return (
            <div key={param.name} className="flex items-baseline justify-between gap-4">
              <dt className="text-ink-faint" title={param.name}>
                {param.label}
              </dt>
              <dd className="figures min-w-0 text-right font-mono text-[12.5px] break-all">
                {tweaked ? (
                  <>
                    <span className="font-sans text-[11px] font-medium text-brass">tweaked, not saved </span>
                    {previewText(tweaks[param.name]).text}
                    <span className="text-ink-faint"> (saved {previewText(param.value).text})</span>
                  </>
                ) : (
                  <>
                    {previewText(param.value).text}
                    {param.isDefault && (
                      <span className="font-sans text-[11px] text-ink-faint"> default</span>
                    )}
                  </>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </Section>
  );
}

function Execution({ node, pool }: { node: NodeLive; pool: string | null }) {
  const rows: [string, ReactNode][] = [
    ["Started", <Time key="at" at={node.startedAt} />],
    ["Duration", duration(node.executionTimeMs)],
    ["Attempt", count(node.attempt)],
    ["Worker", node.worker ?? "–"],
    ["Pool", pool ?? "–"],
    [
      "Run",
      <span key="run" title={node.runId ?? undefined}>
        {shorten(node.runId ?? "–", 22)}
      </span>,
    ],
  ];
  if (node.executions > 0) {
    rows.push(
      ["Executions", count(node.executions)],
      ["Success rate", share(node.successes / node.executions, 1)],
    );
  }
  return (
    <Section title="Execution">
      <dl className="figures grid grid-cols-[auto_1fr] gap-x-6 gap-y-1">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink-faint">{label}</dt>
            <dd className="text-right break-all">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
