import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { oauth2ProxySources, oauth2ProxyVersion } from "../oauth2-proxy/build";
import { machineCertificates } from "./certificates";
import { machinePipSettings, pipConf, uvToml } from "./pip-settings";

/** A base image made from Debian packages. All of it is data, so that a hash of it tells whether it changed. */
export interface Recipe {
  /** The image's name without a tag. */
  repository: string;
  /** The version in the tag. */
  version: string;
  /** Debian's release, by its code name. @default {@link debian} */
  release?: string;
  /** Debian packages. */
  packages: string[];
  /** Files that are laid over the packages', by absolute path. */
  files: Record<string, { text: string; mode?: number }>;
  /** Shell lines run at the end, `$root` being the root folder. */
  finish: string;
  /** How containers of the image start, by Docker's names for it. */
  settings: {
    Env: string[];
    Entrypoint?: string[];
    Cmd?: string[];
    User?: string;
    WorkingDir?: string;
    ExposedPorts?: Record<string, object>;
    Volumes?: Record<string, object>;
    StopSignal?: string;
  };
  /** A hash of the sources of oauth2-proxy, for an image that has it in /usr/bin. */
  oauth2Proxy?: string;
}

/** The images that {@link recipes} describes. */
export type ImageName = "python" | "nginx" | "oauth2Proxy" | "redis";

/** What the machine adds to an image. */
export interface MachineSettings {
  /** Certificate authorities beyond the usual ones, as PEM blocks. */
  certificates: string[];
  /** pip's settings. */
  pip: Record<string, string>;
}

/** Debian's release: the one that the official images are made from as well. */
export const debian = "trixie";

/**
 * The release after that, for nginx: that of {@link debian} is too old for the gateway, and no other package registry has one in
 * which what is known of vulnerabilities is mended.
 */
const nextDebian = "forky";

/** The least version of nginx that a new image may have; a later one may have come into the release. */
const nginxVersion = "1.30.6";

/** The Python of that release. */
const pythonVersion = "3.13";

/** The Redis of that release. */
const redisVersion = "8.0";

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const bundle = "/etc/ssl/certs/ca-certificates.crt";

/** Reads what {@link recipes} needs to know about this machine. */
export async function machineSettings(): Promise<MachineSettings> {
  return { certificates: machineCertificates(), pip: await machinePipSettings() };
}

/**
 * The recipes of all images on a machine with the given settings.
 *
 * Each image stands in for an official one (`defaultImages` names them) as far as this package's components and an
 * app's Dockerfile use it.
 */
export function recipes(machine: MachineSettings): Record<ImageName, Recipe> {
  const trusted: Recipe["files"] = {};
  machine.certificates.forEach((pem, index) => {
    trusted[`/usr/local/share/ca-certificates/machine-${String(index + 1)}.crt`] = { text: `${pem}\n` };
  });
  return {
    python: python(machine, trusted),
    nginx: nginx(trusted),
    oauth2Proxy: oauth2Proxy(trusted),
    redis: redis(),
  };
}

function python(machine: MachineSettings, trusted: Recipe["files"]): Recipe {
  return {
    repository: "streamlit-site/python",
    version: pythonVersion,
    packages: ["ca-certificates", "netbase", "python3", "python3-pip", "python3-venv", "tzdata"],
    files: {
      ...trusted,
      "/etc/pip.conf": { text: pipConf(machine.pip) },
      "/etc/uv/uv.toml": { text: uvToml(machine.pip) },
    },
    // The whole image belongs to its app: pip may install into it, and `python` is there, as in the official image.
    finish: `
      chroot "$root" update-ca-certificates
      rm "$root"/usr/lib/python${pythonVersion}/EXTERNALLY-MANAGED
      ln -s python3 "$root"/usr/bin/python
      mkdir -p "$root"/usr/local/lib/python${pythonVersion}/dist-packages
      ln -s dist-packages "$root"/usr/local/lib/python${pythonVersion}/site-packages
      chroot "$root" python -c 'import ssl, sqlite3, venv, zoneinfo, pip; zoneinfo.ZoneInfo("Europe/Berlin")'
    `,
    settings: {
      Env: [
        path,
        "LANG=C.UTF-8",
        // uv, pip and most libraries bring certificates of their own unless told otherwise.
        ...["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"].map((name) => `${name}=${bundle}`),
      ],
      Cmd: ["python3"],
    },
  };
}

function nginx(trusted: Recipe["files"]): Recipe {
  const file = (name: string) => readFileSync(join(__dirname, "nginx", name), "utf8");
  return {
    repository: "streamlit-site/nginx",
    version: nginxVersion,
    release: nextDebian,
    packages: ["ca-certificates", "curl", "libnginx-mod-http-js", "libnginx-mod-stream", "nginx", "tzdata"],
    files: {
      ...trusted,
      "/usr/lib/nginx/nginx.sh": { text: file("nginx.sh"), mode: 0o755 },
      "/etc/nginx/nginx.conf": { text: file("nginx.conf") },
      "/etc/nginx/conf.d/default.conf": { text: file("default.conf") },
      "/usr/share/nginx/html/index.html": { text: "<!doctype html><title>nginx</title><h1>nginx</h1>\n" },
    },
    // Accounts, folders and links as in the official image.
    finish: `
      chroot "$root" update-ca-certificates
      chroot "$root" groupadd --system --gid 101 nginx
      chroot "$root" useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false nginx
      mv "$root"/usr/sbin/nginx "$root"/usr/lib/nginx/nginx
      mv "$root"/usr/lib/nginx/nginx.sh "$root"/usr/sbin/nginx
      rm -r "$root"/etc/nginx/modules-* "$root"/etc/nginx/sites-* "$root"/etc/nginx/snippets
      mkdir -p "$root"/var/cache/nginx
      rm -f "$root"/var/log/nginx/*
      ln -s /dev/stdout "$root"/var/log/nginx/access.log
      ln -s /dev/stderr "$root"/var/log/nginx/error.log
      test=$(chroot "$root" nginx -t 2>&1) || { echo "$test" >&2; exit 1; }
      version=$(chroot "$root" nginx -v 2>&1 | grep -o '[0-9.]*[0-9]' | head -n 1)
      oldest=$(printf '%s\n' ${nginxVersion} "$version" | sort -V | head -n 1)
      [ "$oldest" = ${nginxVersion} ] || { echo "Debian has $version only, and not ${nginxVersion}" >&2; exit 1; }
    `,
    settings: {
      Env: [path],
      Cmd: ["nginx", "-g", "daemon off;"],
      ExposedPorts: { "80/tcp": {} },
      StopSignal: "SIGQUIT",
    },
  };
}

function oauth2Proxy(trusted: Recipe["files"]): Recipe {
  const version = oauth2ProxyVersion();
  return {
    // Without a hyphen: `<project>/<stack>-<app>` names the images of a stack, and one may be called oauth2.
    repository: "streamlit-site/oauth2proxy",
    version,
    packages: ["busybox", "ca-certificates", "tzdata"],
    oauth2Proxy: oauth2ProxySources(),
    files: trusted,
    // As the official Alpine-based image, it has no program beside the one but those of BusyBox.
    finish: `
      chroot "$root" update-ca-certificates
      chroot "$root" groupadd --gid 65532 nonroot
      chroot "$root" useradd --uid 65532 --gid nonroot --create-home --shell /usr/sbin/nologin nonroot
      chroot "$root" oauth2-proxy --version | grep --quiet --fixed-strings v${version}
      find "$root"/usr/bin "$root"/usr/sbin -mindepth 1 ! -name oauth2-proxy ! -name busybox -delete
      chroot "$root" busybox --install -s /usr/bin
    `,
    settings: {
      Env: [path, `SSL_CERT_FILE=${bundle}`],
      Entrypoint: ["/bin/oauth2-proxy"],
      User: "65532",
      WorkingDir: "/home/nonroot",
    },
  };
}

function redis(): Recipe {
  return {
    repository: "streamlit-site/redis",
    version: redisVersion,
    packages: ["redis-server"],
    files: {},
    // The account and the folder of the official image in place of the package's. A new volume takes over the owner of
    // the folder that it is mounted on. One thing is not as there: without a password, Redis answers no other container
    // (its protected mode, which the official image switches off).
    finish: `
      rm -r "$root"/etc/redis "$root"/var/lib/redis "$root"/var/log/redis
      chroot "$root" groupmod --gid 999 redis
      chroot "$root" usermod --uid 999 --home /data redis
      chroot "$root" install --directory --owner=redis --group=redis /data
      chroot "$root" redis-server --version | grep --quiet --fixed-strings v=${redisVersion}.
    `,
    settings: {
      Env: [path],
      Cmd: ["redis-server"],
      // The official image starts as root and changes to this account before it starts Redis.
      User: "redis",
      WorkingDir: "/data",
      ExposedPorts: { "6379/tcp": {} },
      Volumes: { "/data": {} },
    },
  };
}

/**
 * The image's name with a tag that holds a short hash of everything it is made from.
 *
 * @param architecture the processor it is for, as Node names it
 */
export function imageTag(recipe: Recipe, architecture: string = process.arch): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([debian, architecture, recipe]))
    .digest("hex");
  return `${recipe.repository}:${recipe.version}-${hash.slice(0, 10)}`;
}
