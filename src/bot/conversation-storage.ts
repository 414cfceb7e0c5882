/** Where conversations keep their replay logs: one row for each person. Losing one loses nothing; the draft is the truth. */
import type { ConversationData, ConversationStorage, VersionedState } from "@grammyjs/conversations";
import type { BotContext } from "#conversations/context.ts";
import type { Clock } from "#src/domain/clock.ts";
import {
  deleteConversationState,
  readConversationState,
  writeConversationState,
} from "#src/store/conversation-state.ts";
import type { Store } from "#src/store/database.ts";

/** Raise it with every change of a conversation's code: an old log must not be replayed against new code. */
const VERSION = 1;

export function createConversationStorage({
  store,
  clock,
}: {
  store: Store;
  clock: Clock;
}): ConversationStorage<BotContext, ConversationData> {
  return {
    type: "key",
    version: VERSION,
    // By person, since updates without a chat would all share one key.
    getStorageKey: (ctx) => `u${ctx.from?.id}`,
    adapter: {
      read(key) {
        const value = readConversationState(store, key);
        return value === null ? undefined : (JSON.parse(value) as VersionedState<ConversationData>);
      },
      write: (key, state) => writeConversationState(store, key, JSON.stringify(state), clock.now()),
      delete: (key) => deleteConversationState(store, key),
    },
  };
}
