import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Labels } from "../shared/labels";
import type { App } from "../spec/site";
import { forwarderConfig, type Route } from "./forwarder-config";
import { hardened, labelList, shellHealthCheck } from "./hardening";
import { internalNetwork } from "./network";
import { containerHost, egressUid } from "./platform";
import { startFirst } from "./replacement";

/** What {@link egressForwarders} takes. */
export interface EgressArgs {
  app: App;
  /** The network of the app. */
  networkName: pulumi.Input<string>;
  /** The id of the nginx image. */
  image: pulumi.Input<string>;
  /** The labels of the app. */
  labels: Labels;
}

/** The first of the ports at which the container with the way out is asked for a destination. */
const firstPort = 20_001;

/**
 * The way out of an app with `egressTo`: to these hosts at these ports.
 *
 * On the app's network a container for each host has the host's name and listens at its ports. What it is sent it passes on, over a
 * network of its own with the way out, to a container that is not on the app's network. That one alone has a way out and
 * looks the host up. In one container the name would lead back to it: Docker's DNS server tells everybody on a network
 * who has a name there.
 *
 * The containers of the hosts know the one with the way out by its id, and so are replaced with it: the ports at which it is asked
 * depend on the list. Until the old ones are gone, new connections go through the old or the new ones, each to where it is meant to.
 *
 * @param name the name of the app's component
 * @returns what has to be there before the app is; nothing for an app without `egressTo`
 */
export function egressForwarders(
  name: string,
  { app, networkName, image, labels }: EgressArgs,
  opts: pulumi.CustomResourceOptions,
): docker.Container[] {
  if (app.egressTo.length === 0) return [];
  const part = `${app.name}.egress`;
  const ownLabels = { ...labels, "streamlit.part": part };
  const link = internalNetwork(`${name}.link`, ownLabels, opts);
  const outside = new docker.Network(
    `${name}.egress`,
    { driver: "bridge", labels: labelList(ownLabels) },
    opts,
  );
  const forwarder = (
    resource: string,
    partName: string,
    networks: docker.types.input.ContainerNetworksAdvanced[],
    routes: pulumi.Input<Route[]>,
  ): docker.Container =>
    new docker.Container(
      resource,
      {
        ...hardened({ uid: egressUid, cpu: 1, memory: 64, tmp: 1, processes: 2048 }),
        image,
        labels: labelList({ ...labels, "streamlit.part": partName }),
        entrypoints: ["sh"],
        command: pulumi
          .output(routes)
          .apply((known) => [
            "-c",
            'printf %s "$1" >/tmp/nginx.conf && exec nginx -e stderr -c /tmp/nginx.conf',
            "egress",
            forwarderConfig(known, "/tmp"),
          ]),
        networksAdvanced: networks,
        sysctls: {
          // Docker's default since 20.10, which a daemon may be told to do without: nginx is not root, and 443 is below 1024.
          "net.ipv4.ip_unprivileged_port_start": "0",
          // A firewall or a balancer on the way forgets a connection that is idle, some after less than six minutes.
          "net.ipv4.tcp_keepalive_time": "300",
          "net.ipv4.tcp_keepalive_intvl": "30",
        },
        // It is there once nginx listens at every port; and when nginx ends, so does the container.
        ...shellHealthCheck("test -s /tmp/nginx.pid", "sleep 600"),
        waitTimeout: 60,
        // The image's own waits until nobody is connected, which with a pool of connections is never.
        stopSignal: "SIGTERM",
        stopTimeout: 5,
        destroyGraceSeconds: 5,
      },
      { ...opts, ...startFirst },
    );

  // In another order it is the same list.
  const destinations = app.egressTo
    .map(({ host, port }) => ({ host, port, name: `${host}:${port}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((destination, index) => ({ ...destination, inner: firstPort + index }));
  const wayOut = forwarder(
    `${name}.egress`,
    part,
    [{ name: link.name }, { name: outside.name }],
    destinations.map(({ inner, name }) => ({ port: inner, to: name, name })),
  );
  return [...new Set(destinations.map(({ host }) => host))].map((host) =>
    forwarder(
      `${name}.egress-${host}`,
      `${part}-${host}`,
      [{ name: networkName, aliases: [host] }, { name: link.name }],
      wayOut.id.apply((id) =>
        destinations
          .filter((destination) => destination.host === host)
          .map(({ port, inner, name }) => ({ port, to: `${containerHost(id)}:${inner}`, name })),
      ),
    ),
  );
}
