/** Stripe's form encoding: brackets to nested values. All leaves are text; what they mean, the rules of each call say. */

export type Form = { [name: string]: FormValue };
export type FormValue = string | Form | FormValue[];

/** `a[b]=1&c[0][d]=2` to `{ a: { b: "1" }, c: [{ d: "2" }] }`. Names that would reach an object's prototype are dropped. */
export function parseForm(text: string): Form {
  const root: Form = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/[[\]]+/).filter((part, index) => index === 0 || part !== "");
    if (path.some((part) => part === "__proto__" || part === "constructor" || part === "prototype")) continue;
    put(root, name.endsWith("[]") ? [...path, "[]"] : path, value);
  }
  return toArrays(root) as Form;
}

function put(root: Form, path: string[], value: string): void {
  let at = root;
  for (const part of path.slice(0, -1)) {
    const next = at[part];
    at[part] = typeof next === "object" && !Array.isArray(next) ? next : {};
    at = at[part] as Form;
  }
  const last = path.at(-1) ?? "";
  at[last === "[]" ? String(Object.keys(at).length) : last] = value;
}

function toArrays(value: FormValue): FormValue {
  if (typeof value === "string" || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, toArrays(inner)] as const);
  const isArray = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isArray ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
