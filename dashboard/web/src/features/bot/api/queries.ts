import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export const botQuery = (botId: string) =>
  queryOptions({
    queryKey: keys.bot(botId),
    queryFn: ({ signal }) =>
      take(client.GET("/api/v1/bots/{botId}", { params: { path: { botId } }, signal })),
    refetchInterval: 15_000,
  });
