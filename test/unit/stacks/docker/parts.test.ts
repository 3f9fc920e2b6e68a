import { partOf } from "../../../../stacks/docker/parts";

const site = { type: "streamlit-site:index:DockerSite", name: "analytics" };
const component = (kind: string, name: string): { type: string; name: string } => ({
  type: `streamlit-site:index:${kind}`,
  name,
});
const container = "docker:index/container:Container";

describe("the part that a resource belongs to", () => {
  const app = component("DockerApp", "analytics-live");
  it.each([
    [container, "analytics-live", [app, site], "app live", "container"],
    [container, "analytics-live.2", [app, site], "app live", "container 2"],
    ["docker:index/image:Image", "analytics-live", [app, site], "app live", "image"],
    [
      container,
      "analytics-live-files",
      [component("DockerFiles", "analytics-live-files"), app, site],
      "app live",
      "settings",
    ],
    [container, "analytics-live.drain", [site], "app live", "drain guard"],
    [container, "analytics-live.check", [app, site], "app live", "check"],
    [container, "analytics-live.egress", [app, site], "app live", "egress"],
    [container, "analytics-live.egress-db.check", [app, site], "app live", "egress to db.check"],
    [container, "analytics-live.egress-db.drain", [app, site], "app live", "egress to db.drain"],
    [container, "analytics-live.egress-x.volume-y.com", [app, site], "app live", "egress to x.volume-y.com"],
    ["docker:index/network:Network", "analytics-live.egress", [app, site], "app live", "network"],
    ["docker:index/network:Network", "analytics-live.link", [app, site], "app live", "network"],
    [
      container,
      "analytics-gateway",
      [component("DockerGateway", "analytics-gateway"), site],
      "gateway",
      "container",
    ],
    [
      container,
      "analytics-sign-in-redis",
      [component("DockerOauth2Proxy", "analytics-sign-in"), site],
      "redis",
      "container",
    ],
    [
      "docker:index/network:Network",
      "analytics-sign-in",
      [component("DockerOauth2Proxy", "analytics-sign-in"), site],
      "oauth2-proxy",
      "network",
    ],
    ["tls:index/privateKey:PrivateKey", "analytics-ca", [site], "certificates", "certificate"],
    ["random:index/randomPassword:RandomPassword", "analytics-ben", [site], "passwords", "password"],
    ["docker:index/remoteImage:RemoteImage", "analytics-nginx", [site], "site", "image"],
  ])("%s %s", (type, name, ancestors, part, piece) => {
    expect(partOf({ type, name, ancestors })).toMatchObject({ name: part, piece });
  });
});
