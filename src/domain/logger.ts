/** What the product needs of a log. src/log.ts makes one with pino; tests pass a silent one. */

type Write = (fields: Record<string, unknown>, message: string) => void;

export type Logger = {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
  child(fields: Record<string, unknown>): Logger;
};

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
