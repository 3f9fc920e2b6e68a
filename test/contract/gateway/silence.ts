/** Contract 2: a websocket on which nothing is said stays open. */
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** nginx closes a proxied connection on which nothing is said for this long unless it is told otherwise, in seconds. */
const nginxDefault = 60;

/** A session on which nothing is sent; Streamlit's own ping is far off (see the spec of `limited`). */
export class Silence {
  private constructor(
    private readonly session: StreamlitSession,
    private readonly since: number,
  ) {}

  /** Begin it, long before it is looked at. */
  static async begin(contract: ContractSite): Promise<Silence> {
    const session = await StreamlitSession.open(contract.client, "/limited", { user: "alice" });
    await session.click();
    return new Silence(session, Date.now());
  }

  /** Wait until it has lasted, and see that the session goes on. */
  async end(): Promise<void> {
    const left = this.since + (nginxDefault + 5) * 1000 - Date.now();
    let timer: NodeJS.Timeout | undefined;
    const lasted = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, left, "lasted");
    });
    const ended = this.session.closed.then((code) => `closed with ${String(code)}`);
    const how = await Promise.race([lasted, ended]);
    clearTimeout(timer);
    expect(how).toBe("lasted");
    expect((await this.session.click()).clicks).toBe(2);
    await this.session.drop();
  }
}
