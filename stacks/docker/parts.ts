/** What the resources of a site on Docker are, in the words of who wrote its spec. */
import type { StackResource } from "../operation/resource";
import type { Part } from "../target";

const pieces: Record<string, string> = {
  "docker:index/container:Container": "container",
  "docker:index/image:Image": "image",
  "docker:index/remoteImage:RemoteImage": "image",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
  "random:index/randomPassword:RandomPassword": "password",
};

const component = (name: string): string => `streamlit-site:index:${name}`;

/** See `StackTarget.partOf`. */
export function partOf({ type, name, ancestors }: StackResource): Part {
  const piece = pieces[type] ?? (type.startsWith("tls:") ? "certificate" : "key");
  const inside = (kind: string): string | undefined =>
    ancestors.find((ancestor) => ancestor.type === component(kind))?.name;
  const site = inside("DockerSite") ?? "";
  const withoutSite = (text: string): string =>
    site !== "" && text.startsWith(`${site}-`) ? text.slice(site.length + 1) : text;

  const app = inside("DockerApp");
  const drained = /^(.*)\.drain$/.exec(name)?.[1];
  const part =
    app !== undefined
      ? `app ${withoutSite(app)}`
      : drained !== undefined
        ? `app ${withoutSite(drained)}`
        : inside("DockerGateway") !== undefined
          ? "gateway"
          : inside("DockerOauth2Proxy") !== undefined
            ? name.includes("-redis")
              ? "redis"
              : "oauth2-proxy"
            : piece === "certificate" || piece === "password"
              ? `${piece}s`
              : "site";

  // A component of files is a volume and what fills it.
  if (inside("DockerFiles") !== undefined) return { name: part, piece: "settings", shown: false };
  // Before what goes by the end of a name: a host may be called anything.
  const [isEgress, host] =
    /^\.egress(?:-(.*))?$/.exec(app && name.startsWith(app) ? name.slice(app.length) : "") ?? [];
  if (isEgress !== undefined && piece === "container")
    return { name: part, piece: host === undefined ? "egress" : `egress to ${host}`, shown: true };
  if (drained !== undefined) return { name: part, piece: "drain guard", shown: true };
  if (/\.volume-|-volumes\.image$/.test(name)) return { name: part, piece: "volume", shown: false };
  if (name.endsWith(".check")) return { name: part, piece: "check", shown: true };
  const replica = piece === "container" ? /\.(\d+)$/.exec(name)?.[1] : undefined;
  return {
    name: part,
    piece: replica === undefined ? piece : `${piece} ${replica}`,
    shown: piece === "container" || (piece === "image" && type.includes("/image:")),
  };
}
