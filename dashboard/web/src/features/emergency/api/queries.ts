import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { keys } from "@/api/keys";
import type { EmergencyAnswer } from "@/api/types";
import { putEmergency } from "@/live/bridge";
import { HISTORY_LENGTH } from "@/live/emergency";

export const emergencyQuery = queryOptions({
  queryKey: keys.emergency,
  queryFn: ({ signal }) => take(client.GET("/api/v1/emergency", { signal })),
  // Events report each change at once. No event reports an armed step or its end.
  refetchInterval: 15_000,
});

export const historyQuery = queryOptions({
  queryKey: keys.emergencyHistory,
  queryFn: ({ signal }) =>
    take(client.GET("/api/v1/emergency/history", { params: { query: { limit: HISTORY_LENGTH } }, signal })),
  // The report on orders and positions is added to a change after its event.
  refetchInterval: 5_000,
});

interface Ordered {
  scope: string;
  reason: string;
}

export type EmergencyOrder =
  | (Ordered & { what: "halt" | "alert" })
  | (Ordered & { what: "resume"; to?: "NORMAL" | "ALERT"; confirm?: string })
  | (Ordered & { what: "shutdown"; flatten: boolean; confirm?: string });

function send(order: EmergencyOrder): Promise<EmergencyAnswer> {
  const body = { scope: order.scope, reason: order.reason };
  switch (order.what) {
    case "halt":
      return take(client.POST("/api/v1/emergency/halt", { body }));
    case "alert":
      return take(client.POST("/api/v1/emergency/alert", { body }));
    case "resume":
      return take(
        client.POST("/api/v1/emergency/resume", {
          body: { ...body, to: order.to ?? "NORMAL", confirm: order.confirm ?? null },
        }),
      );
    case "shutdown":
      return take(
        client.POST("/api/v1/emergency/shutdown", {
          body: { ...body, flatten: order.flatten, confirm: order.confirm ?? null },
        }),
      );
  }
}

/** Sends a change of state. Every view shows the answer before the event of the change arrives. */
export function useEmergencyOrder() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: (answer) => {
      putEmergency(cache, answer);
      void cache.invalidateQueries({ queryKey: keys.bots });
    },
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: keys.emergency });
      void cache.invalidateQueries({ queryKey: keys.emergencyHistory });
      void cache.invalidateQueries({ queryKey: keys.system });
    },
  });
}
