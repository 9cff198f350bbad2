import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "@/api/keys";
import type { Metrics } from "@/api/types";
import { DomainFigures } from "./DomainFigures";

const figures = [
  { metric: "mwh", title: "Bought", unit: "MWh" },
  { metric: "used", title: "Utilisation", unit: "%" },
  { metric: "spent", title: "Spent", unit: "EUR" },
];

function show(metrics: Metrics, domain = "electricity") {
  const cache = new QueryClient();
  cache.setQueryData(keys.domains, {
    items: [{ name: "electricity", title: "Electricity", icon: "zap", figures }],
  });
  render(
    <QueryClientProvider client={cache}>
      <DomainFigures bot={{ domain, metrics }} />
    </QueryClientProvider>,
  );
}

afterEach(cleanup);

describe("the figures of a domain", () => {
  it("stand with their titles and units", () => {
    show({ mwh: "12.5", used: "0.25", spent: "40" });
    expect(screen.getByText("Bought").nextSibling?.textContent).toBe("12.5 MWh");
    expect(screen.getByText("Utilisation").nextSibling?.textContent).toMatch(/^25(\.0)?\s?%$/);
    expect(screen.getByText("Spent").nextSibling?.textContent).toContain("40");
  });

  it("are left out while no node has published them, and in other domains", () => {
    show({ mwh: "1" });
    expect(screen.queryByText("Spent")).toBeNull();
    cleanup();
    show({ mwh: "1" }, "another");
    expect(screen.queryByLabelText("Figures of the domain")).toBeNull();
  });
});
