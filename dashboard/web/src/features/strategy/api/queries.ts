import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export const strategyQuery = (botId: string, strategyId: string) =>
  queryOptions({
    queryKey: keys.strategy(botId, strategyId),
    queryFn: ({ signal }) =>
      take(
        client.GET("/api/v1/bots/{botId}/strategies/{strategyId}", {
          params: { path: { botId, strategyId } },
          signal,
        }),
      ),
    // Events update the runs. This refetch updates tweaks, weights and the figures over all runs.
    refetchInterval: 20_000,
  });
