import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, Play, Zap } from "lucide-react";
import { toast } from "sonner";
import { ApiError, client, take } from "@/api/client";
import { keys } from "@/api/keys";
import type { BotDetail, BotSummary } from "@/api/types";
import { Button } from "./ui/button";
import { Tooltip } from "./ui/tooltip";

/** Shows why a request failed, and the remedy. */
export function explain(error: unknown, what: string): void {
  toast.error(`${what} failed`, {
    description:
      error instanceof ApiError && error.remedy
        ? `${error.message} ${error.remedy}`
        : error instanceof Error
          ? error.message
          : String(error),
  });
}

type Patch = (bot: BotSummary) => BotSummary;

/** Changes the cached copies of the bot at once, and restores them if the server refuses. */
function useBotCache(botId: string) {
  const cache = useQueryClient();
  const patch = (change: Patch) => {
    const list = cache.getQueryData<{ items: BotSummary[] }>(keys.bots);
    const detail = cache.getQueryData<BotDetail>(keys.bot(botId));
    if (list) {
      cache.setQueryData(keys.bots, {
        items: list.items.map((bot) => (bot.id === botId ? change(bot) : bot)),
      });
    }
    if (detail) cache.setQueryData(keys.bot(botId), { ...detail, ...change(detail) });
    return () => {
      cache.setQueryData(keys.bots, list);
      cache.setQueryData(keys.bot(botId), detail);
    };
  };
  return patch;
}

export function useBotState(bot: Pick<BotSummary, "id" | "name">) {
  const patch = useBotCache(bot.id);
  const params = { path: { botId: bot.id } };
  return useMutation({
    mutationFn: (to: "running" | "paused") =>
      take(
        to === "paused"
          ? client.POST("/api/v1/bots/{botId}/pause", { params })
          : client.POST("/api/v1/bots/{botId}/resume", { params }),
      ),
    onMutate: (to) => patch((each) => ({ ...each, state: to })),
    onError: (error, to, undo) => {
      undo?.();
      explain(error, to === "paused" ? `Pausing ${bot.name}` : `Resuming ${bot.name}`);
    },
    onSuccess: (after) => {
      patch((each) => ({ ...each, ...after }));
      toast.success(after.state === "paused" ? `${bot.name} is paused` : `${bot.name} runs again`, {
        description: after.state === "paused" ? "A run under way goes on to its end." : undefined,
      });
    },
  });
}

export function useRunNow(bot: Pick<BotSummary, "id" | "name">) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => take(client.POST("/api/v1/bots/{botId}/run", { params: { path: { botId: bot.id } } })),
    onError: (error) => explain(error, `Starting ${bot.name}`),
    onSuccess: (ticket) => {
      void cache.invalidateQueries({ queryKey: keys.bots });
      if (ticket.status === "started") toast.success("Run started", { description: bot.name });
      else toast.info("No run was started", { description: ticket.reason ?? "One is already under way." });
    },
  });
}

interface Props {
  bot: Pick<BotSummary, "id" | "name" | "state">;
  compact?: boolean;
}

export function BotActions({ bot, compact = false }: Props) {
  const state = useBotState(bot);
  const run = useRunNow(bot);
  if (bot.state === "archived") return null;
  const paused = bot.state === "paused";
  const toggle = paused ? "Resume" : "Pause";
  return (
    <div className="flex items-center gap-1.5">
      <Tooltip
        text={bot.state === "halted" ? "Halted by the emergency state" : `${toggle} the bot's schedule`}
      >
        <Button
          variant={compact ? "ghost" : "outline"}
          size={compact ? "icon" : "sm"}
          aria-label={`${toggle} ${bot.name}`}
          disabled={bot.state === "halted" || state.isPending}
          onClick={() => state.mutate(paused ? "running" : "paused")}
        >
          {paused ? <Play /> : <Pause />}
          {!compact && toggle}
        </Button>
      </Tooltip>
      <Tooltip text="Start a run now, beside the schedule">
        <Button
          variant={compact ? "ghost" : "primary"}
          size={compact ? "icon" : "sm"}
          aria-label={`Run now: ${bot.name}`}
          disabled={bot.state === "halted" || run.isPending}
          onClick={() => run.mutate()}
        >
          <Zap />
          {!compact && (run.isPending ? "Starting…" : "Run now")}
        </Button>
      </Tooltip>
    </div>
  );
}
