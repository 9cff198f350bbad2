import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export const activityQuery = queryOptions({
  queryKey: keys.activity,
  queryFn: ({ signal }) => take(client.GET("/api/v1/activity", { params: { query: { limit: 40 } }, signal })),
  refetchInterval: 30_000,
});
