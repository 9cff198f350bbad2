import type { QueryClient } from "@tanstack/react-query";
import { connectCache } from "@/live/bridge";
import type { Live } from "@/live/hooks";
import { LiveSocket } from "@/live/socket";
import { LiveStore } from "@/live/store";

/** The tab's one store and one socket, tied to the query cache and to whether the tab can be seen. */
export function startLive(cache: QueryClient): Live {
  const store = new LiveStore();
  const socket = new LiveSocket(
    {
      snapshot: (message) => store.snapshot(message),
      event: (event) => store.event(event),
      link: (link) => {
        const before = store.values.get<{ status: string }>("link")?.status;
        store.values.set("link", link);
        // What the pages read over HTTP may have gone stale while the line was down.
        if (link.status === "live" && before === "reconnecting") void cache.invalidateQueries();
      },
    },
    { open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`) },
  );
  connectCache(store, cache);
  document.addEventListener("visibilitychange", () => socket.visible(document.visibilityState === "visible"));
  addEventListener("online", () => socket.retryNow());
  return { store, socket };
}
