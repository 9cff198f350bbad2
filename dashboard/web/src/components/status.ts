/** Look of each state: icon, label and colour, so that colour alone never carries the meaning. */
import {
  Archive,
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleX,
  Clock3,
  CircleHelp,
  Hourglass,
  LoaderCircle,
  OctagonX,
  Power,
  RotateCw,
  Send,
  ShieldBan,
  ShieldCheck,
  SkipForward,
  type LucideIcon,
} from "lucide-react";
import type { BotSummary, EmergencyState, RunStatus } from "@/api/types";
import type { NodeStatus } from "@/api/types";

/** Colour of a state; `grave` is the darker red of a shutdown. */
export type Tone = "good" | "bad" | "grave" | "busy" | "warn" | "mute";

export interface StatusLook {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  spin?: boolean;
}

/** Status of a node on the screen: the reported status, or a status for a node without a report. */
export type ViewStatus = NodeStatus | "idle" | "waiting" | "retrying";

export const NODE_LOOKS: Record<ViewStatus, StatusLook> = {
  idle: { label: "Not run yet", tone: "mute", icon: CircleDashed },
  pending: { label: "Pending", tone: "mute", icon: Clock3 },
  waiting: { label: "Waiting", tone: "mute", icon: Clock3 },
  running: { label: "Running", tone: "busy", icon: LoaderCircle, spin: true },
  retrying: { label: "Retrying", tone: "warn", icon: RotateCw },
  success: { label: "Success", tone: "good", icon: CircleCheck },
  failed: { label: "Failed", tone: "bad", icon: CircleX },
  skipped: { label: "Skipped", tone: "mute", icon: SkipForward },
  cancelled: { label: "Cancelled", tone: "warn", icon: Ban },
};

export const RUN_LOOKS: Record<RunStatus, StatusLook> = {
  running: NODE_LOOKS.running,
  success: NODE_LOOKS.success,
  failed: NODE_LOOKS.failed,
  cancelled: NODE_LOOKS.cancelled,
};

export const BOT_LOOKS: Record<BotSummary["state"], StatusLook> = {
  running: { label: "Running", tone: "good", icon: CirclePlay },
  paused: { label: "Paused", tone: "warn", icon: CirclePause },
  halted: { label: "Halted", tone: "bad", icon: OctagonX },
  archived: { label: "Archived", tone: "mute", icon: Archive },
};

const FAILING: StatusLook = { label: "Failing", tone: "bad", icon: CircleX };

/** Look of a bot; a running bot whose runs fail is shown as failing. */
export function lookOf(bot: Pick<BotSummary, "state" | "health">): StatusLook {
  return bot.state === "running" && bot.health === "failing" ? FAILING : BOT_LOOKS[bot.state];
}

export const EMERGENCY_LOOKS: Record<EmergencyState["state"], StatusLook> = {
  NORMAL: { label: "Normal", tone: "good", icon: ShieldCheck },
  ALERT: { label: "Alert", tone: "warn", icon: CircleAlert },
  HALT: { label: "Halt", tone: "bad", icon: OctagonX },
  SHUTDOWN: { label: "Shutdown", tone: "grave", icon: Power },
};

/** Look of an action by its newest status; `unknown` needs a person's attention. */
export const ACTION_LOOKS: Record<string, StatusLook> = {
  planned: { label: "Planned", tone: "mute", icon: Clock3 },
  submitted: { label: "Sent", tone: "busy", icon: Send },
  open: { label: "Open", tone: "busy", icon: Hourglass },
  partially_filled: { label: "Partly filled", tone: "warn", icon: CircleDashed },
  filled: { label: "Filled", tone: "good", icon: CircleCheck },
  cancelled: { label: "Cancelled", tone: "mute", icon: Ban },
  rejected: { label: "Rejected by the venue", tone: "warn", icon: CircleX },
  denied: { label: "Denied", tone: "warn", icon: ShieldBan },
  unknown: { label: "Outcome unknown", tone: "bad", icon: CircleHelp },
};

export const TONE_TEXT: Record<Tone, string> = {
  good: "text-good",
  bad: "text-bad",
  grave: "text-bad",
  busy: "text-busy",
  warn: "text-warn",
  mute: "text-mute",
};

export const TONE_CHIP: Record<Tone, string> = {
  good: "bg-good/12 text-good",
  bad: "bg-bad/13 text-bad",
  grave: "bg-grave text-white",
  busy: "bg-busy/14 text-busy",
  warn: "bg-warn/14 text-warn",
  mute: "bg-ink/7 text-ink-faint",
};
