import { failed, type Listed } from "../../../stacks/docker/failed";

const container = (part: string, State: string, Status: string, NetworkMode = "net"): Listed => ({
  Id: part,
  Labels: { "streamlit.part": part },
  State,
  Status,
  HostConfig: { NetworkMode },
});
const parts = (...containers: Listed[]): string[] => failed(containers).map(({ Id }) => Id);

describe("the containers that do not do their work", () => {
  it("are those that do not run or are not healthy", () => {
    expect(
      parts(
        container("well", "running", "Up 3 minutes (healthy)"),
        container("starting", "running", "Up 3 seconds (health: starting)"),
        container("ill", "running", "Up 3 minutes (unhealthy)"),
        container("looping", "restarting", "Restarting (1) 2 seconds ago"),
        container("ended", "exited", "Exited (0) 2 seconds ago"),
        container("files", "created", "Created"),
      ),
    ).toEqual(["starting", "ill", "looping", "ended"]);
  });

  it("are not those that only looked at another one and ended well, or still look", () => {
    expect(
      parts(
        container("gateway.check", "exited", "Exited (0) 3 days ago"),
        container("a.check", "running", "Up 3 seconds (health: starting)"),
        container("b.check", "running", "Up 3 seconds (healthy)"),
      ),
    ).toEqual([]);
  });

  it("are those that looked at another one in vain, and the other one, were it healthy at the moment", () => {
    expect(
      parts(
        container("a", "running", "Up 1 second (healthy)"),
        container("b", "running", "Up 1 second (healthy)"),
        container("a.check", "exited", "Exited (1) 3 seconds ago", "container:a"),
        container("gateway.check", "running", "Up 40 seconds (unhealthy)", "none"),
      ),
    ).toEqual(["a", "a.check", "gateway.check"]);
  });
});
