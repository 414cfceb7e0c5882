/** What Stripe answers to a request that it does not carry out: its error object, with its words. */

type Details = { code?: string; param?: string; declineCode?: string };

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly type: "invalid_request_error" | "idempotency_error" | "card_error" | "api_error";
  readonly details: Details;

  constructor(status: number, message: string, details: Details & { type?: Refusal["type"] } = {}) {
    super(message);
    const { type = status >= 500 ? "api_error" : "invalid_request_error", ...rest } = details;
    this.status = status;
    this.type = type;
    this.details = rest;
  }

  toBody(): { error: Record<string, string> } {
    const { code, param, declineCode } = this.details;
    return {
      error: {
        type: this.type,
        message: this.message,
        ...(code === undefined ? {} : { code }),
        ...(param === undefined ? {} : { param }),
        ...(declineCode === undefined ? {} : { decline_code: declineCode }),
      },
    };
  }
}

export function noSuch(noun: string, id: string, param = "id"): Refusal {
  return new Refusal(404, `No such ${noun}: '${id}'`, { code: "resource_missing", param });
}
