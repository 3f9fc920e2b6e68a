import { container } from "../../../offline/providers/docker/container";
import { image } from "../../../offline/providers/docker/image";
import { network } from "../../../offline/providers/docker/network";
import { remoteImage } from "../../../offline/providers/docker/remote-image";
import dockerSchema from "../../../offline/providers/docker/schema.json";
import { volume } from "../../../offline/providers/docker/volume";
import { randomBytes } from "../../../offline/providers/random/random-bytes";
import { randomId } from "../../../offline/providers/random/random-id";
import { randomPassword } from "../../../offline/providers/random/random-password";
import randomSchema from "../../../offline/providers/random/schema.json";
import { StandIn } from "../../../offline/providers/shared/provider";
import type { PackageSchema } from "../../../offline/providers/shared/schema";
import type { Props } from "../../../offline/providers/shared/values";
import { certRequest } from "../../../offline/providers/tls/cert-request";
import { locallySignedCert } from "../../../offline/providers/tls/locally-signed-cert";
import { privateKey } from "../../../offline/providers/tls/private-key";
import tlsSchema from "../../../offline/providers/tls/schema.json";
import { selfSignedCert } from "../../../offline/providers/tls/self-signed-cert";

/** The stand-ins' own schemas, by package. */
export const schemas: Record<string, PackageSchema> = {
  docker: dockerSchema,
  tls: tlsSchema,
  random: randomSchema,
};

/** A fresh stand-in for the package of a type token or URN. */
export function standIn(type: string): StandIn {
  if (type.includes("docker:")) {
    return new StandIn("0.0.0", dockerSchema, [container, image, network, remoteImage, volume]);
  }
  if (type.includes("tls:")) {
    return new StandIn("0.0.0", tlsSchema, [certRequest, locallySignedCert, privateKey, selfSignedCert]);
  }
  return new StandIn("0.0.0", randomSchema, [randomBytes, randomId, randomPassword]);
}

/** Short names of the resource types. */
export const TYPES = {
  container: "docker:index/container:Container",
  image: "docker:index/image:Image",
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
  privateKey: "tls:index/privateKey:PrivateKey",
  selfSignedCert: "tls:index/selfSignedCert:SelfSignedCert",
  certRequest: "tls:index/certRequest:CertRequest",
  locallySignedCert: "tls:index/locallySignedCert:LocallySignedCert",
  password: "random:index/randomPassword:RandomPassword",
  bytes: "random:index/randomBytes:RandomBytes",
  id: "random:index/randomId:RandomId",
} as const;

/** The URN of a resource of some stack. */
export function urn(type: string, name = "it"): string {
  return `urn:pulumi:dev::test::${type}::${name}`;
}

/** What `check` makes of inputs, given those of the last deployment. */
export async function check(
  type: string,
  news: Props,
  olds: Props = {},
): Promise<{ inputs: Props; faults: string[] }> {
  const result = await standIn(type).check(urn(type), olds, news);
  return { inputs: result.inputs, faults: result.failures.map(({ reason }) => reason) };
}

/** The outputs of a new resource, secrets marked. */
export function create(type: string, props: Props): Promise<{ id: string; outs: Props }> {
  return standIn(type).create(urn(type), props);
}
