import { createContext, useCallback, useContext, useEffect, useSyncExternalStore } from "react";
import type { RunSummary } from "@/api/types";
import { scopeKey, type Scope } from "./protocol";
import type { Link, LiveSocket } from "./socket";
import type { Deal } from "./deals";
import type { GroupProgress, LiveStore } from "./store";

export interface Live {
  store: LiveStore;
  socket: LiveSocket;
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive needs a LiveContext around it");
  return live;
}

function useValue<T>(key: string): T | undefined {
  const { values } = useLive().store;
  const subscribe = useCallback((notify: () => void) => values.subscribe(key, notify), [values, key]);
  return useSyncExternalStore(subscribe, () => values.get<T>(key));
}

/** Subscribes the tab's socket to the scope of the page while the page is shown. */
export function useScope(scope: Scope): void {
  const { socket, store } = useLive();
  const key = scopeKey(scope);
  useEffect(() => {
    store.forget();
    socket.show(scope);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that matters of the scope
  }, [key, socket, store]);
}

const UNKNOWN: Link = {
  status: "idle",
  heardAt: null,
  attempt: 0,
  retryAt: null,
  stalledSince: null,
  coalesced: 0,
  resets: 0,
  refusal: null,
};

export const useLink = (): Link => useValue<Link>("link") ?? UNKNOWN;
export const useCurrentRun = (): RunSummary | null => useValue<RunSummary | null>("run") ?? null;
export const useGroup = (strategyId: string): GroupProgress | undefined =>
  useValue<GroupProgress>(`group:${strategyId}`);
const NO_DEALS: Deal[] = [];
export const useDeals = (): Deal[] => useValue<Deal[]>("deals") ?? NO_DEALS;
