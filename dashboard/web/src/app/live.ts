import type { QueryClient } from "@tanstack/react-query";
import { connectCache } from "@/live/bridge";
import { learnServerTime, serverNow } from "@/lib/server-time";
import type { Live } from "@/live/hooks";
import { LiveSocket, type Link } from "@/live/socket";
import { LiveStore } from "@/live/store";

/** How long a message may have been under way: nothing on a socket tells it. */
const SOCKET_DELAY_MS = 500;

/** The tab's one store and one socket, tied to the query cache and to whether the tab can be seen. */
export function startLive(cache: QueryClient): Live {
  const store = new LiveStore();
  const socket = new LiveSocket(
    {
      snapshot: (message) => store.snapshot(message),
      event: (event) => store.event(event),
      link: (link) => {
        const before = store.values.get<Link>("link");
        store.values.set("link", link);
        // What the pages read over HTTP may have gone stale while nothing came.
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
