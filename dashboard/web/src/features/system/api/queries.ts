import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => take(client.GET("/api/v1/system", { signal })),
  refetchInterval: 5_000,
});
