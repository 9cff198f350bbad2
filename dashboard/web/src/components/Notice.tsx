import { CircleAlert, RotateCw, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "@/api/client";
import { byServer } from "@/lib/server-time";
import { Time } from "./Time";
import { Button } from "./ui/button";

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
}

/** Placeholder of an empty part of the page, with the next step. */
export function Empty({ icon: Icon, title, children }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-xl border border-dashed px-6 py-12 text-center">
      <span className="grid size-10 place-items-center rounded-full bg-ink/6 text-ink-faint">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-sm text-pretty text-ink-faint">{children}</div>}
    </div>
  );
}

/** Notice above outdated data: the reason of the failed refresh, and the age of the data. */
export function Stale({ error, what, updatedAt }: { error: unknown; what: string; updatedAt: number }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <p
      role="status"
      data-stale
      className="mb-3 flex gap-2 rounded-xl border border-warn/35 bg-warn/8 px-3.5 py-2.5 text-[13px]"
    >
      <CircleAlert aria-hidden className="mt-px size-4 shrink-0 text-warn" />
      <span>
        {what} could not be read again. Shown as of <Time at={byServer(updatedAt)} />. {message}
      </span>
    </p>
  );
}

interface ProblemProps {
  error: unknown;
  what: string;
  onRetry?: () => void;
}

/** Notice in place of a part of the page that failed to load: its name, the reason and the remedy. */
export function Problem({ error, what, onRetry }: ProblemProps) {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof ApiError ? error.remedy : null;
  return (
    <div
      role="alert"
      className="flex flex-col items-center gap-2 rounded-xl border border-bad/35 bg-bad/5 px-6 py-10 text-center"
    >
      <CircleAlert aria-hidden className="size-6 text-bad" />
      <p className="font-medium">{what} could not be loaded</p>
      <p className="max-w-prose text-sm text-pretty text-ink-soft">{message}</p>
      {remedy && <p className="max-w-prose text-sm text-pretty text-ink-faint">{remedy}</p>}
      {onRetry && (
        <Button onClick={onRetry} className="mt-2">
          <RotateCw /> Try again
        </Button>
      )}
    </div>
  );
}
