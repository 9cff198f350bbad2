import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type RefObject } from "react";
import { botsQuery } from "@/api/queries";
import { Dialog } from "@/components/ui/dialog";
import { emergencyQuery, useEmergencyOrder, type EmergencyOrder } from "../api/queries";
import { stateOf } from "../scopes";
import { Abnormal } from "./Abnormal";
import { Confirm, type Armed } from "./Confirm";
import { History } from "./History";
import { OrderForm } from "./OrderForm";
import { Outcome, Refusal } from "./Outcome";
import { ShutdownPlan } from "./ShutdownPlan";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Scope selected at the start. */
  preset: string;
}

/** Dialog that stops and resumes the platform or a part of it. HALT has the initial focus, so Enter halts. */
export function EmergencyDialog({ open, onOpenChange, preset }: Props) {
  const halt = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Emergency control"
      description="The kill switch. After HALT (reduce-only) is confirmed, no action that adds risk begins."
      initialFocus={halt}
    >
      <Desk preset={preset} haltRef={halt} />
    </Dialog>
  );
}

function Desk({ preset, haltRef }: { preset: string; haltRef: RefObject<HTMLButtonElement | null> }) {
  const [scope, setScope] = useState(preset);
  const [reason, setReason] = useState("By hand in the dashboard");
  const [planning, setPlanning] = useState(false);
  const overview = useQuery(emergencyQuery);
  const bots = useQuery(botsQuery).data?.items;
  const [armed, setArmed] = useState<Armed | null>(null);
  const order = useEmergencyOrder();
  const choose = (next: string) => {
    setScope(next);
    setPlanning(false);
    setArmed(null);
    order.reset();
  };
  const give = (asked: EmergencyOrder) =>
    order.mutate(asked, {
      onSuccess: (answer) => {
        setPlanning(false);
        const flatten = asked.what === "shutdown" && asked.flatten;
        setArmed(answer.code === null ? null : { answer, code: answer.code, flatten });
      },
      // The armed code may be used, overtaken or expired: begin again with the first step.
      onError: () => setArmed(null),
    });
  const known = { scope, reason };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-5 p-4 sm:p-5 md:grid-cols-[minmax(0,1fr)_21rem]">
      <div className="space-y-4">
        <OrderForm
          scope={scope}
          reason={reason}
          bots={bots}
          item={stateOf(overview.data?.states, scope)}
          pending={order.isPending ? order.variables.what : null}
          haltRef={haltRef}
          onScope={choose}
          onReason={setReason}
          onOrder={(asked) => {
            setPlanning(false);
            give({ ...known, ...asked });
          }}
          onPlan={() => {
            order.reset();
            setArmed(null);
            setPlanning(true);
          }}
        />
        {planning && (
          <ShutdownPlan
            scope={scope}
            bots={bots}
            slippage={overview.data?.flattenSlippage}
            pending={order.isPending}
            onArm={(flatten) => give({ ...known, what: "shutdown", flatten })}
            onCancel={() => setPlanning(false)}
          />
        )}
        <div aria-live="assertive">
          {order.error && <Refusal error={order.error} />}
          {order.data && <Outcome answer={order.data} bots={bots} />}
        </div>
        {armed && (
          <Confirm
            armed={armed}
            bots={bots}
            pending={order.isPending}
            onConfirm={() => {
              const { code: confirm, flatten, answer } = armed;
              give(
                answer.armedFor === "SHUTDOWN"
                  ? { ...known, what: "shutdown", flatten, confirm }
                  : { ...known, what: "resume", confirm },
              );
            }}
          />
        )}
        <Abnormal states={overview.data?.states} bots={bots} chosen={scope} onChoose={choose} />
        {overview.error && <Refusal error={overview.error} />}
      </div>
      <History bots={bots} />
    </div>
  );
}
