/** People who have the probe app open over Streamlit's own websocket, and come back when that ends. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContractSite } from "./site";
import { type Page, StreamlitSession } from "./streamlit";

const user = "alice";
/** How long Streamlit keeps a session whose browser is gone, in milliseconds (`server.disconnectedSessionTTL`). */
export const kept = 120_000;
/** How many are opened at once, so that a sign-in does not wait for all the others. */
const atOnce = 6;

/** Somebody who has the app open, and comes back when the connection ends. */
export class Visitor {
  private clicks = 0;
  /** When connections ended, and when the next one was open, in milliseconds since 1970. */
  readonly breaks: { ended: number; resumed?: number }[] = [];
  private leaving = false;
  private resuming: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly site: ContractSite,
    private session: StreamlitSession,
    /** The pod that has the session. */
    public pod: string,
  ) {
    this.watch();
  }

  static async come(site: ContractSite): Promise<Visitor> {
    const session = await StreamlitSession.open(site.client, "/probe", { user });
    return new Visitor(site, session, (await session.page()).container);
  }

  /** Press the button. Was the session as it had been left, at its pod? */
  async goesOn(): Promise<boolean> {
    await this.resuming;
    this.clicks += 1;
    const { clicks, container } = await this.session.click();
    return clicks === this.clicks && container === this.pod;
  }

  /** Upload a file to the session's pod. */
  async upload(): Promise<[status: number, page: Page | undefined]> {
    const { answer, page } = await this.session.upload("a.txt", Buffer.from("uploaded"));
    return [answer.status, page];
  }

  /** Meet the session that there is now, another one or not. */
  async settle(): Promise<void> {
    await this.resuming;
    const { clicks, container } = await this.session.page();
    this.clicks = clicks;
    this.pod = container;
    this.breaks.length = 0;
  }

  async leave(): Promise<void> {
    this.leaving = true;
    await this.resuming;
    await this.session.drop();
  }

  private watch(): void {
    void this.session.closed.then(() => {
      if (this.leaving) return;
      const gap: Visitor["breaks"][number] = { ended: Date.now() };
      this.breaks.push(gap);
      this.resuming = this.resume().then(() => (gap.resumed = Date.now()));
    });
  }

  /** As Streamlit's page does: again and again, until it is there. */
  private async resume(): Promise<void> {
    const end = Date.now() + kept;
    for (;;)
      try {
        this.session = await StreamlitSession.open(this.site.client, "/probe", {
          user,
          resume: this.session,
        });
        this.watch();
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(500);
      }
  }
}

/** Open the app so many times. */
export async function openAll(site: ContractSite, count: number): Promise<Visitor[]> {
  const all: Visitor[] = [];
  while (all.length < count)
    all.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(atOnce, count - all.length) }, () => Visitor.come(site)),
      )),
    );
  return all;
}

/** All press the button: how many of them are in the session that they had? */
export async function goOn(all: { goesOn: () => Promise<boolean> }[]): Promise<number> {
  return (await Promise.all(all.map((one) => one.goesOn()))).filter(Boolean).length;
}
