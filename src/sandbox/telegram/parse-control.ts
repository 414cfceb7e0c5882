/** Parses a control's input, or says in plain words what was wrong with it. */
import { z } from "zod";
import { AppError } from "#src/domain/errors.ts";

/** Throws `invalid`. */
export function parseControl<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AppError(z.prettifyError(parsed.error), { code: "invalid", cause: parsed.error });
}
