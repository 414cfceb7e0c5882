/** A store of its own in a temporary directory, gone with the test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "#src/store/database.ts";

export type TemporaryStore = AsyncDisposable & { store: Store; path: string };

export function openTemporaryStore(): TemporaryStore {
  const directory = mkdtempSync(join(tmpdir(), "blytz-store-"));
  const path = join(directory, "database.sqlite");
  const store = openStore(path, null);
  return {
    store,
    path,
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
