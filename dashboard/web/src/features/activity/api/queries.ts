import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export type Gravity = "all" | "warning" | "error";

export const activityQuery = (gravity: Gravity) =>
  queryOptions({
    queryKey: [...keys.activity, gravity],
    queryFn: ({ signal }) => {
      const query = gravity === "all" ? { limit: 40 } : { limit: 40, level: gravity };
      return take(client.GET("/api/v1/activity", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    // Events refresh important activity sooner. This refetch updates the counts of repeated items.
    refetchInterval: 60_000,
  });
