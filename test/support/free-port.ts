/** A port that nobody listens on right now, for tests that have to name one before they use it. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

export async function takeFreePort(): Promise<number> {
  await using probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  return (probe.address() as AddressInfo).port;
}
