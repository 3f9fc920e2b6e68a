/** How the gateway speaks with an app. */
import type { ContractSite } from "../support/site";

/** Register the tests. */
export function connections(contract: ContractSite): void {
  // Streamlit answers on a connection that was kept 40 ms late: its socket waits for an acknowledgement, which is delayed.
  test("each request reaches the app on a connection of its own", async () => {
    const peers = new Set<string>();
    for (let request = 0; request < 8; request++) {
      const { body } = await contract.client.request("/echo/x", { user: "bob" });
      peers.add((JSON.parse(body.toString()) as { peer: string }).peer);
    }
    expect(peers.size).toBe(8);
  });
}
