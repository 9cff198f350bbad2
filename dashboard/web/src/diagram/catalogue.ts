import { queryOptions } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";
import type { NodeType } from "@/api/types";

/** Node types by name; they change only with the server's version. */
export const catalogueQuery = queryOptions({
  queryKey: keys.nodeTypes,
  queryFn: ({ signal }) => take(client.GET("/api/v1/nodes", { signal })),
  staleTime: Infinity,
  select: (data): ReadonlyMap<string, NodeType> => new Map(data.items.map((type) => [type.type, type])),
});
