/**
 * What the platform asks an OpenClaw gateway about itself. Probes alone are not enough: they stay green while Telegram
 * refuses the bot, so the channel's own status is asked too (shared facts: `channels.status`).
 */
import type { Secret } from "../secret.ts";

export type ChannelState =
  | { kind: "off" }
  /** Polling with this token: a message gets an answer. */
  | { kind: "connected" }
  | { kind: "connecting" }
  /** Somebody else polls the same bot (Telegram's 409); it recovers by itself when they stop. */
  | { kind: "conflict" }
  /** Telegram refuses the token (401): it stays so until a new token is given. */
  | { kind: "unauthorized" }
  | { kind: "failing"; reason: string };

export type GatewayHealth =
  /** Nothing listens on the port yet. */
  { kind: "unreachable" } | { kind: "starting" } | { kind: "started"; channel: ChannelState };

/** Never throws for a gateway that is down or slow: that is what it reports. Each look ends within 5 s. */
export type ReadGatewayHealth = (gatewayUrl: string, gatewayToken: Secret) => Promise<GatewayHealth>;
