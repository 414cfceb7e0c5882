/**
 * Turns a request into the call's parameters: query string, JSON, form-encoded or multipart body, the way the Bot API
 * accepts them. The multipart reader holds the whole body in memory: it serves small files on loopback, nothing else.
 */
import { isObject, Parameters, type UploadedFile } from "./parameters.ts";
import { badRequest } from "./refusal.ts";

export function parseParameters(search: URLSearchParams, contentType: string, body: Buffer): Parameters {
  const values: Record<string, unknown> = Object.fromEntries(search);
  const files = new Map<string, UploadedFile>();
  const mediaType = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (body.length === 0) return new Parameters(values, files);
  if (mediaType === "application/json") {
    Object.assign(values, parseJsonBody(body));
  } else if (mediaType === "application/x-www-form-urlencoded") {
    Object.assign(values, Object.fromEntries(new URLSearchParams(body.toString("utf8"))));
  } else if (mediaType === "multipart/form-data") {
    readMultipart(body, contentType, values, files);
  }
  return new Parameters(values, files);
}

function parseJsonBody(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw badRequest("can't parse JSON object", error);
  }
  if (!isObject(value)) throw badRequest("expected JSON object");
  return value;
}

function readMultipart(
  body: Buffer,
  contentType: string,
  values: Record<string, unknown>,
  files: Map<string, UploadedFile>,
): void {
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw badRequest("boundary not found");
  // Latin-1 maps each byte to one character, so that positions in the string are positions in the bytes.
  const parts = `\r\n${body.toString("latin1")}`.split(`\r\n--${boundary}`).slice(1, -1);
  for (const part of parts) {
    const headEnd = part.indexOf("\r\n\r\n");
    if (headEnd === -1) throw badRequest("can't parse multipart body");
    const head = Buffer.from(part.slice(0, headEnd), "latin1").toString("utf8");
    const content = Buffer.from(part.slice(headEnd + 4), "latin1");
    const name = /[;\s]name="([^"]*)"/i.exec(head)?.[1];
    if (name === undefined) throw badRequest("field name not found");
    const fileName = /[;\s]filename="([^"]*)"/i.exec(head)?.[1];
    if (fileName === undefined) {
      values[name] = content.toString("utf8");
    } else {
      const mimeType = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? "application/octet-stream";
      files.set(name, { fileName, mimeType, content });
    }
  }
}
