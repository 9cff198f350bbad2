import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";
import type { Mode } from "@/api/types";

export const riskUseQuery = (mode: Mode) =>
  queryOptions({
    queryKey: keys.riskUse(mode),
    queryFn: ({ signal }) => take(client.GET("/api/v1/risk/usage", { params: { query: { mode } }, signal })),
    // Events of actions refetch the use of limits. Prices move without events.
    refetchInterval: 10_000,
  });
