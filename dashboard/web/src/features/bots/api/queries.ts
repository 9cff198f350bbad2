import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export const botsQuery = queryOptions({
  queryKey: keys.bots,
  queryFn: ({ signal }) => take(client.GET("/api/v1/bots", { signal })),
  // Live events keep it fresh; this brings what no event carries, such as the next tick.
  refetchInterval: 10_000,
});
