/** Queries that several features share. */
import { queryOptions } from "@tanstack/react-query";
import { client, take } from "./client";
import { keys } from "./keys";

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => take(client.GET("/api/v1/system", { signal })),
  refetchInterval: 5_000,
});

export const botsQuery = queryOptions({
  queryKey: keys.bots,
  queryFn: ({ signal }) => take(client.GET("/api/v1/bots", { signal })),
  // Live events keep the data current. This refetch adds values that no event carries, such as the next tick.
  refetchInterval: 10_000,
});

export const domainsQuery = queryOptions({
  queryKey: keys.domains,
  queryFn: ({ signal }) => take(client.GET("/api/v1/domains", { signal })),
  // Domains change with the installed packages alone.
  staleTime: Infinity,
});
