import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { memo } from "react";
import type { StrategySummary } from "@/api/types";
import { useIsFar } from "./flow-hooks";
import type { Direction } from "./layout";
import { NodeCard } from "./NodeCard";
import { StrategyCard } from "./StrategyCard";
import type { Card } from "./structure";

export interface FlowNodeData extends Record<string, unknown> {
  card: Card;
  direction: Direction;
  strategy: StrategySummary | undefined;
  href: string;
  currency: string | undefined;
}

export type FlowNodeType = Node<FlowNodeData, "card">;

export const FlowNode = memo(function FlowNode({ data, selected }: NodeProps<FlowNodeType>) {
  const { card, direction, strategy, href, currency } = data;
  const far = useIsFar();
  return (
    <>
      <Ports side="target" names={card.inputs} direction={direction} />
      {card.kind === "strategy" ? (
        <StrategyCard
          card={card}
          strategy={strategy}
          href={href}
          currency={currency}
          selected={selected}
          far={far}
        />
      ) : (
        <NodeCard card={card} selected={selected} far={far} />
      )}
      <Ports side="source" names={[...card.outputs, ...card.branches]} direction={direction} />
    </>
  );
});

interface PortsProps {
  side: "source" | "target";
  names: readonly string[];
  direction: Direction;
}

function Ports({ side, names, direction }: PortsProps) {
  const across = direction === "LR";
  const position =
    side === "source" ? (across ? Position.Right : Position.Bottom) : across ? Position.Left : Position.Top;
  return names.map((name, index) => {
    const offset = `${((index + 1) / (names.length + 1)) * 100}%`;
    return (
      <Handle
        key={name}
        id={name}
        type={side}
        position={position}
        title={name}
        isConnectable={false}
        style={across ? { top: offset } : { left: offset }}
      />
    );
  });
}
