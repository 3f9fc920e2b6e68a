/** A site on Docker as it is registered with Pulumi. */
import { DockerSite } from "../../../components/docker";
import type { SiteArgs } from "../../../index";
import { type Declared, plain, type Registered, run } from "../mocks";

/** Make a site of the name `analytics`. */
export async function deploy(args: SiteArgs): Promise<{ site: DockerSite; parts: Parts }> {
  const { result, registered, declared } = await run((opts) => new DockerSite("analytics", args, opts));
  return { site: result, parts: new Parts(registered, declared) };
}

/** The inputs of a container. */
export interface Container {
  image: string;
  user?: string;
  networkMode?: string;
  networksAdvanced?: { name: string; aliases?: string[] }[];
  ports?: { internal: number; external: number; ip: string }[];
  volumes?: { volumeName: string; containerPath: string; readOnly?: boolean }[];
  uploads?: { file: string; content: string; permissions: string; owner?: string }[];
  labels: { label: string; value: string }[];
  command?: string[];
  envs?: string[];
  start?: boolean;
  mustRun?: boolean;
  healthcheck?: { tests: string[] };
  ulimits?: { name: string; soft: number; hard: number }[];
  tmpfs?: Record<string, string>;
  [field: string]: unknown;
}

/** What was registered. */
export class Parts {
  constructor(
    readonly all: Registered[],
    readonly declared: Declared[],
  ) {}

  /** Everything of a type, by its last word. */
  of(type: string): Registered[] {
    return this.all.filter((part) => part.type.endsWith(`:${type}`));
  }

  /** The inputs of the only one of a type and name, in plain text. */
  named(type: string, name: string): Record<string, unknown> {
    const found = this.of(type).filter((part) => part.name === name);
    expect(found).toHaveLength(1);
    return plain(found[0]?.inputs) as Record<string, unknown>;
  }

  /** The inputs of a container, in plain text. */
  container(name: string): Container {
    return this.named("Container", name) as Container;
  }

  /** The containers that run, by name. */
  get running(): [string, Container][] {
    return this.started.filter(([name]) => !name.endsWith(".check"));
  }

  /** The containers that only show whether another one will do, by name. */
  get checks(): [string, Container][] {
    return this.started.filter(([name]) => name.endsWith(".check"));
  }

  private get started(): [string, Container][] {
    return this.of("Container")
      .map(({ name, inputs }): [string, Container] => [name, plain(inputs) as Container])
      .filter(([, container]) => container.start !== false);
  }

  /** A container as the program declares it. */
  declaration(name: string): Declared | undefined {
    return this.declared.find(({ urn }) => urn.endsWith(`:Container::${name}`));
  }

  /** The files that a container finds below a folder, by name. */
  files(container: string, below: string): Record<string, string> {
    const mount = this.container(container).volumes?.find(({ containerPath }) => containerPath === below);
    const carrier = this.of("Container")
      .map(({ inputs }) => plain(inputs) as Container)
      .find(
        ({ volumes, uploads }) =>
          uploads && volumes?.some(({ volumeName }) => volumeName === mount?.volumeName),
      );
    return Object.fromEntries(
      (carrier?.uploads ?? []).map(({ file, content }) => [file.replace("/files/", ""), content]),
    );
  }

  /** The value of a container's label. */
  label(container: string, label: string): string | undefined {
    return this.container(container).labels.find((found) => found.label === label)?.value;
  }
}
