/** Models of the server, with the names of the front end. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type SystemStatus = Schemas["SystemStatus"];
export type EmergencyState = Schemas["PlatformEmergency"];
export type EmergencyItem = Schemas["EmergencyItem"];
export type EmergencyOverview = Schemas["EmergencyOverview"];
export type EmergencyAnswer = Schemas["EmergencyAnswer"];
export type EmergencyChange = Schemas["EmergencyChangeItem"];
export type EmergencyHistory = Schemas["EmergencyHistory"];
export type RiskUse = Schemas["UsageItem"];
export type BotSummary = Schemas["BotSummary"];
export type BotDetail = Schemas["BotDetail"];
export type StrategySummary = Schemas["StrategySummary"];
export type StrategyView = Schemas["StrategyView"];
export type WorkflowDocument = Schemas["WorkflowView"];
export type WorkflowNode = Schemas["WorkflowNode"];
export type WorkflowEdge = Schemas["WorkflowEdge"];
export type NodeType = Schemas["NodeTypeView"];
export type Port = Schemas["PortView"];
export type NodeState = Schemas["NodeState"];
export type RunSummary = Schemas["RunSummary"];
export type RunDetail = Schemas["RunDetail"];
export type RunTicket = Schemas["RunTicket"];
export type ActivityItem = Schemas["ActivityItem"];
export type ErrorBody = Schemas["ErrorBody"];

export type Metrics = BotSummary["metrics"];
export type RunStatus = RunSummary["status"];
export type NodeStatus = NodeState["status"];
export type EmergencyName = EmergencyState["state"];
export type Mode = BotSummary["mode"];
