import { List, Workflow } from "lucide-react";
import { useCallback, useState } from "react";
import { Sheet } from "@/components/ui/sheet";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";
import { recall, remember } from "@/lib/storage";
import { useMedia } from "@/lib/use-media";
import { NodeList } from "./NodeList";
import { NodePanel } from "./NodePanel";
import { WorkflowDiagram, type DiagramProps } from "./WorkflowDiagram";

type View = "diagram" | "list";
const CHOICE = "argosy.workflow-view";

interface Props extends Omit<DiagramProps, "className"> {
  /** Values in force that are not saved, by node. */
  tweaks?: Record<string, Record<string, unknown>>;
}

/** View chosen by the reader; by default, phones get the list, which needs no panning. */
function opening(): View {
  const choice = recall(CHOICE);
  if (choice === "list" || choice === "diagram") return choice;
  return matchMedia("(max-width: 639px)").matches ? "list" : "diagram";
}

export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState<View>(() => opening());
  const change = useCallback((next: View) => {
    remember(CHOICE, next);
    setView(next);
  }, []);
  return [view, change];
}

export function ViewSwitch({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  return (
    <Segmented
      label="How the workflow is shown"
      value={view}
      onChange={onChange}
      options={[
        {
          value: "diagram",
          label: (
            <>
              <Workflow aria-hidden /> Diagram
            </>
          ),
        },
        {
          value: "list",
          label: (
            <>
              <List aria-hidden /> List
            </>
          ),
        },
      ]}
    />
  );
}

/** Workflow as a diagram or a list, with the selected node's details beside it (on phones: over it). */
export function DiagramView({ view, tweaks, ...props }: Props & { view: View }) {
  const wide = useMedia("(min-width: 1024px)");
  const { structure, selected, onSelect } = props;
  const card = structure.cards.find((each) => each.id === selected);
  const panel = card && (
    <NodePanel
      key={card.id}
      card={card}
      tweaks={tweaks?.[card.id]}
      onClose={wide ? () => onSelect(null) : undefined}
    />
  );
  return (
    <div className="flex items-stretch gap-3">
      <div className="min-w-0 flex-1">
        {view === "diagram" ? (
          <WorkflowDiagram {...props} className="h-[clamp(420px,calc(100dvh-20rem),820px)]" />
        ) : (
          <NodeList structure={structure} selected={selected} onSelect={onSelect} />
        )}
      </div>
      {wide && panel && (
        <aside
          aria-label="Details of the node"
          className={cn(
            "relative w-[23rem] shrink-0 animate-slide-in overflow-y-auto rounded-xl border bg-surface shadow-card",
            view === "diagram" ? "h-[clamp(420px,calc(100dvh-20rem),820px)]" : "max-h-[85dvh] self-start",
          )}
        >
          {panel}
        </aside>
      )}
      {!wide && (
        <Sheet open={card !== undefined} onClose={() => onSelect(null)} title={card?.title ?? ""}>
          {panel}
        </Sheet>
      )}
    </div>
  );
}
