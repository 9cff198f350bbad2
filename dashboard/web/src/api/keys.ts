/** Keys of the query cache. The live bridge and the pages use the same keys. */
export const keys = {
  system: ["system"] as const,
  domains: ["domains"] as const,
  bots: ["bots"] as const,
  bot: (botId: string) => ["bot", botId] as const,
  strategy: (botId: string, strategyId: string) => ["strategy", botId, strategyId] as const,
  nodeTypes: ["node-types"] as const,
  runs: (botId: string) => ["runs", botId] as const,
  run: (runId: string) => ["run", runId] as const,
  runNode: (runId: string, strategyId: string | null, nodeId: string) =>
    ["run-node", runId, strategyId, nodeId] as const,
  activity: ["activity"] as const,
  emergency: ["emergency"] as const,
  emergencyHistory: ["emergency-history"] as const,
  risk: ["risk"] as const,
  riskUse: (mode: string) => ["risk", mode] as const,
};
