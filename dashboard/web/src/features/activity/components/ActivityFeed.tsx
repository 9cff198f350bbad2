import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleX, Info, ScrollText } from "lucide-react";
import { Link } from "wouter";
import type { ActivityItem } from "@/api/types";
import { Empty, Problem } from "@/components/Notice";
import { Time } from "@/components/Time";
import { Skeleton } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import { count, shorten } from "@/lib/format";
import { activityQuery, type Gravity } from "../api/queries";

/** Token ids have 77 digits; the first and last ones suffice to distinguish them. */
const LONG_ID = /\d{24,}/g;

const LEVELS = {
  info: { icon: Info, color: "text-ink-faint" },
  success: { icon: CircleCheck, color: "text-good" },
  warning: { icon: CircleAlert, color: "text-warn" },
  error: { icon: CircleX, color: "text-bad" },
} as const;

/** Recent activity in plain sentences. */
export function ActivityFeed({ gravity = "all" }: { gravity?: Gravity }) {
  const { data, error, refetch } = useQuery(activityQuery(gravity));
  if (error && !data) return <Problem error={error} what="Recent activity" onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <div className="space-y-3 rounded-xl border bg-surface p-4">
        {[0, 1, 2, 3, 4].map((each) => (
          <Skeleton key={each} className="h-4" />
        ))}
      </div>
    );
  }
  if (data.items.length === 0) {
    return (
      <Empty
        icon={ScrollText}
        title={gravity === "all" ? "Nothing has happened yet" : "Nothing of this kind"}
      >
        {gravity === "all"
          ? "Runs, trades and warnings appear here as they happen."
          : "No warnings or errors among the newest entries."}
      </Empty>
    );
  }
  return (
    <ol
      className="max-h-[36rem] divide-y overflow-y-auto rounded-xl border bg-surface shadow-card"
      aria-label="Recent activity"
      tabIndex={0}
    >
      {data.items.map((item) => (
        <Item key={item.seq} item={item} />
      ))}
    </ol>
  );
}

function Item({ item }: { item: ActivityItem }) {
  const { icon: Icon, color } = LEVELS[item.level];
  const text = item.text.replace(LONG_ID, (id) => shorten(id, 13));
  return (
    <li className={cn("flex gap-2.5 px-3.5 py-2.5 text-[13px]", item.level === "error" && "bg-bad/6")}>
      <Icon aria-label={item.level} className={cn("mt-0.5 size-4 shrink-0", color)} />
      <div className="min-w-0 flex-1">
        <p className="text-pretty break-words" title={item.text}>
          {item.botId ? (
            <Link
              href={`/bots/${item.botId}${item.runId ? `?run=${item.runId}` : ""}`}
              className="rounded hover:underline"
            >
              {text}
            </Link>
          ) : (
            text
          )}
        </p>
        <p className="figures text-xs text-ink-faint">
          <Time at={item.at} ago />
          {item.count > 1 && (
            <>
              {" "}
              · {count(item.count)} times
              {item.since && (
                <>
                  {" "}
                  since <Time at={item.since} />
                </>
              )}
            </>
          )}
        </p>
      </div>
    </li>
  );
}
