import type { QueryClient } from "@tanstack/react-query";
import { connectCache } from "@/live/bridge";
import { learnServerTime, serverNow } from "@/lib/server-time";
import type { Live } from "@/live/hooks";
import { LiveSocket, type Link } from "@/live/socket";
import { LiveStore } from "@/live/store";

/** Milliseconds that a message may have travelled; a socket does not report it. */
const SOCKET_DELAY_MS = 500;

/** Starts the tab's one store and socket, and connects them to the query cache and the tab's visibility. */
export function startLive(cache: QueryClient): Live {
  const store = new LiveStore();
  const socket = new LiveSocket(
    {
      snapshot: (message) => store.snapshot(message),
      event: (event) => store.event(event),
      link: (link) => {
        const before = store.values.get<Link>("link");
        store.values.set("link", link);
        // Data read over HTTP may be outdated after a time without events.
        const back = link.status === "live" && link.stalledSince === null;
        if (back && (before?.status === "reconnecting" || (before && before.stalledSince !== null)))
          void cache.invalidateQueries();
      },
      time: (ms) => learnServerTime(ms, SOCKET_DELAY_MS),
    },
    {
      open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`),
      now: serverNow,
    },
  );
  connectCache(store, cache);
  document.addEventListener("visibilitychange", () => socket.visible(document.visibilityState === "visible"));
  addEventListener("online", () => socket.retryNow());
  return { store, socket };
}
