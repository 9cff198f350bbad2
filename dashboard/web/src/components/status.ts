/** How each state looks: an icon, a word and a colour, so that none of them has to carry it alone. */
import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleX,
  Clock3,
  LoaderCircle,
  OctagonX,
  RotateCw,
  ShieldCheck,
  SkipForward,
  type LucideIcon,
} from "lucide-react";
import type { BotSummary, EmergencyState, RunStatus } from "@/api/types";
import type { NodeStatus } from "@/api/types";

export type Tone = "good" | "bad" | "busy" | "warn" | "mute";

export interface StatusLook {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  spin?: boolean;
}

/** A node as shown: what its execution reported, or what it means that nothing was reported yet. */
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
};

export const EMERGENCY_LOOKS: Record<EmergencyState["state"], StatusLook> = {
  NORMAL: { label: "Normal", tone: "good", icon: ShieldCheck },
  ALERT: { label: "Alert", tone: "warn", icon: CircleAlert },
  HALT: { label: "Halt", tone: "bad", icon: OctagonX },
  SHUTDOWN: { label: "Shutdown", tone: "bad", icon: OctagonX },
};

export const TONE_TEXT: Record<Tone, string> = {
  good: "text-good",
  bad: "text-bad",
  busy: "text-busy",
  warn: "text-warn",
  mute: "text-mute",
};

export const TONE_CHIP: Record<Tone, string> = {
  good: "bg-good/12 text-good",
  bad: "bg-bad/13 text-bad",
  busy: "bg-busy/14 text-busy",
  warn: "bg-warn/14 text-warn",
  mute: "bg-ink/7 text-ink-faint",
};
