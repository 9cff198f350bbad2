import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: keys.run(runId),
    queryFn: ({ signal }) =>
      take(client.GET("/api/v1/runs/{runId}", { params: { path: { runId } }, signal })),
    staleTime: (query) => (query.state.data?.status === "running" ? 1_000 : Infinity),
    refetchInterval: (query) => (query.state.data?.status === "running" ? 2_000 : false),
  });

export const runsQuery = (botId: string) =>
  queryOptions({
    queryKey: keys.runs(botId),
    queryFn: async ({ signal }) => {
      const page = await take(
        client.GET("/api/v1/runs", { params: { query: { bot: botId, limit: 100 } }, signal }),
      );
      return { items: page.items };
    },
  });
