/** Methods by which a bot gets its updates. A webhook may be set, which ends polling, but is never called. */
import type { Parameters } from "./parameters.ts";
import { badRequest } from "./refusal.ts";
import type { Call, Method } from "./stage.ts";

export const updateMethods: Record<string, Method> = {
  getUpdates: ({ bot, feed, parameters, signal }) =>
    feed.poll(
      bot,
      {
        offset: parameters.integer("offset"),
        limit: parameters.integer("limit", 100),
        timeoutSeconds: parameters.integer("timeout"),
        allowed: readAllowed(parameters),
      },
      signal,
    ),
  setWebhook,
  deleteWebhook: ({ bot, parameters }) => {
    bot.queue.webhookUrl = "";
    if (parameters.boolean("drop_pending_updates")) bot.queue.pending = [];
    return true;
  },
  getWebhookInfo: ({ bot: { queue } }) => ({
    url: queue.webhookUrl,
    has_custom_certificate: false,
    pending_update_count: queue.pending.length,
    ...(queue.allowed === null ? {} : { allowed_updates: queue.allowed }),
  }),
};

function setWebhook({ bot, feed, parameters }: Call): true {
  const url = parameters.text("url");
  const allowed = readAllowed(parameters);
  if (url !== "" && !URL.canParse(url)) throw badRequest("bad webhook: invalid webhook URL specified");
  if (url !== "" && new URL(url).protocol !== "https:") {
    throw badRequest("bad webhook: An HTTPS URL must be provided for webhook");
  }
  if (allowed !== undefined) bot.queue.allowed = allowed.length === 0 ? null : allowed;
  if (parameters.boolean("drop_pending_updates")) bot.queue.pending = [];
  if (url !== "") feed.terminate(bot, "terminated by setWebhook request");
  bot.queue.webhookUrl = url;
  return true;
}

/** Undefined leaves what was remembered; an empty list goes back to the default. */
function readAllowed(parameters: Parameters): string[] | undefined {
  const value = parameters.json("allowed_updates", "allowed updates");
  return Array.isArray(value) ? value.map(String) : undefined;
}
