/** The rules of a call's parameters, and Stripe's words for breaking one. A rule turns a form's text into the typed value. */
import type { Form, FormValue } from "./form.ts";
import { Refusal } from "./refusal.ts";

export type Rule = { required: boolean; read(value: FormValue, param: string): unknown };
export type Rules = Record<string, Rule>;

/** Every parameter checked; an unknown one is refused. An empty text unsets, so it counts as absent. */
export function readParameters(form: Form, rules: Rules, parent = ""): Record<string, unknown> {
  const named = (name: string): string => (parent === "" ? name : `${parent}[${name}]`);
  for (const name of Object.keys(form)) {
    if (!Object.hasOwn(rules, name)) {
      throw new Refusal(400, `Received unknown parameter: ${named(name)}`, {
        code: "parameter_unknown",
        param: named(name),
      });
    }
  }
  const read: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = form[name];
    if (value !== undefined && value !== "") read[name] = rule.read(value, named(name));
    else if (rule.required) {
      throw new Refusal(400, `Missing required param: ${named(name)}.`, {
        code: "parameter_missing",
        param: named(name),
      });
    }
  }
  return read;
}

export function required(rule: Rule): Rule {
  return { ...rule, required: true };
}

export function text(most = 5000): Rule {
  return optional((value, param) => {
    if (typeof value !== "string") throw invalid(param, `Invalid string: ${JSON.stringify(value)}`);
    if (value.length > most) throw invalid(param, `Invalid string: must be at most ${most} characters`);
    return value;
  });
}

export function integer(least = 0, most = Number.MAX_SAFE_INTEGER): Rule {
  return optional((value, param) => {
    if (typeof value !== "string" || !/^-?\d+$/.test(value)) {
      throw new Refusal(400, `Invalid integer: ${String(value)}`, { code: "parameter_invalid_integer", param });
    }
    const number = Number(value);
    if (number < least) throw invalid(param, `This value must be greater than or equal to ${least}.`);
    if (number > most) throw invalid(param, `This value must be less than or equal to ${most}.`);
    return number;
  });
}

export function flag(): Rule {
  return optional((value, param) => {
    if (value !== "true" && value !== "false") throw invalid(param, `Invalid boolean: ${String(value)}`);
    return value === "true";
  });
}

export function oneOf(...values: string[]): Rule {
  return optional((value, param) => {
    if (typeof value === "string" && values.includes(value)) return value;
    const list = values.length === 1 ? values[0] : `one of ${values.slice(0, -1).join(", ")}, or ${values.at(-1)}`;
    throw invalid(param, `Invalid ${param}: must be ${list}`);
  });
}

export function url(): Rule {
  return optional((value, param) => {
    if (typeof value === "string" && URL.canParse(value) && /^https?:/.test(value)) return value;
    throw new Refusal(400, "Not a valid URL", { code: "url_invalid", param });
  });
}

export function object(rules: Rules): Rule {
  return optional((value, param) => {
    if (typeof value === "string" || Array.isArray(value)) throw invalid(param, "Invalid object");
    return readParameters(value, rules, param);
  });
}

export function list(item: Rule): Rule {
  return optional((value, param) => {
    if (!Array.isArray(value)) throw invalid(param, "Invalid array");
    return value.map((each, index) => item.read(each, `${param}[${index}]`));
  });
}

/** At most 50 keys of 40 characters, values of 500. */
export function metadata(): Rule {
  return optional((value, param) => {
    if (typeof value === "string" || Array.isArray(value)) throw invalid(param, "Invalid object");
    const entries = Object.entries(value);
    if (entries.length > 50) throw invalid(param, "Metadata can have at most 50 keys.");
    for (const [name, inner] of entries) {
      if (name.length > 40) throw invalid(param, "Metadata keys can have up to 40 characters.");
      if (typeof inner !== "string" || inner.length > 500) {
        throw invalid(param, "Metadata values can have up to 500 characters.");
      }
    }
    return Object.fromEntries(entries);
  });
}

export function invalid(param: string, message: string): Refusal {
  return new Refusal(400, message, { param });
}

function optional(read: Rule["read"]): Rule {
  return { required: false, read };
}
