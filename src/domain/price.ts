/** What Blytz costs, as pages and chat name it. The start-up check holds Stripe's price to it. */

export const PRICE = { unitAmountCents: 2900, currency: "usd", interval: "month", text: "$29/month" } as const;
