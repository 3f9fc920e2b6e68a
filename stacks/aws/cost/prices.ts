/** The price list of the repository. */
import list from "./prices.json";

/** What a thing costs. */
export interface Price {
  /** What it is. */
  what: string;
  /** In the list's currency. */
  amount: number;
  per: "hour" | "month";
  /** The page of AWS that says so. */
  source: string;
}

/** What has a price. */
export type Priced = keyof typeof list.prices;

/** Prices of one region on one day. */
export interface PriceList {
  region: string;
  /** The day on which they were written down, ISO 8601. */
  date: string;
  currency: string;
  note: string;
  /** A month as AWS's own calculator has it. */
  hoursPerMonth: number;
  prices: Record<Priced, Price>;
}

/** See `prices.json`. */
export const priceList = list as PriceList;
