/** Between SQLite's text and our times; the one place that knows how a time is stored. */

export function toText(time: Date): string {
  return time.toISOString();
}

export function toTime(text: string): Date {
  return new Date(text);
}

export function toOptionalTime(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
