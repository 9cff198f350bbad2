import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Compass } from "lucide-react";
import { lazy, Suspense } from "react";
import { Toaster } from "sonner";
import { Link, Route, Switch } from "wouter";
import { ApiError } from "@/api/client";
import { Empty } from "@/components/Notice";
import { TooltipProvider } from "@/components/ui/tooltip";
import { LiveContext } from "@/live/hooks";
import { PageSkeleton } from "@/pages/PageSkeleton";
import BotsPage from "@/pages/BotsPage";
import { Boundary } from "./Boundary";
import { startLive } from "./live";
import { Shell } from "./Shell";

const BotPage = lazy(() => import("@/pages/BotPage"));
const StrategyPage = lazy(() => import("@/pages/StrategyPage"));

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.transient),
    },
  },
});
const live = startLive(cache);

export function App() {
  return (
    <QueryClientProvider client={cache}>
      <LiveContext value={live}>
        <TooltipProvider delayDuration={350}>
          <Shell>
            <Boundary>
              <Suspense fallback={<PageSkeleton />}>
                <Switch>
                  <Route path="/">
                    <BotsPage />
                  </Route>
                  <Route path="/bots/:botId">{({ botId }) => <BotPage key={botId} botId={botId} />}</Route>
                  <Route path="/bots/:botId/strategies/:strategyId">
                    {({ botId, strategyId }) => (
                      <StrategyPage key={`${botId}/${strategyId}`} botId={botId} strategyId={strategyId} />
                    )}
                  </Route>
                  <Route>
                    <Empty icon={Compass} title="There is no such page">
                      <Link href="/" className="text-accent hover:underline">
                        To the bots
                      </Link>
                    </Empty>
                  </Route>
                </Switch>
              </Suspense>
            </Boundary>
          </Shell>
          <Toaster
            position="bottom-right"
            toastOptions={{
              style: { background: "var(--surface)", color: "var(--ink)", borderColor: "var(--line-strong)" },
            }}
          />
        </TooltipProvider>
      </LiveContext>
    </QueryClientProvider>
  );
}
