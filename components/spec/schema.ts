/** The shape of a spec, field by field: what can be said of one field alone. Rules between fields are in `rules.ts`. */
import * as net from "node:net";
import { z } from "zod";
import { streamlitSetting } from "../streamlit/setting";
import type { OidcArgs, SiteArgs } from "./args";
import { isPemCertificates } from "./certificates";
import { isPrivateNetwork } from "./cidr";
import { input, inputTree, named } from "./fields";
import { groupQuery, longestGroupQuery } from "./group-query";
import { hostLabel, isHostName } from "./hosts";
import { isIcon } from "./icon";
import { oidcProviderNames } from "./oidc-providers";
import { inSeconds } from "./units";

/** A printable line: no control characters, which would end a line of nginx, TOML or a header. */
const line = (maximum: number) =>
  z
    .string()
    .min(1, "must not be empty")
    .max(maximum, `must have at most ${maximum} characters`)
    .regex(/^\P{C}*$/u, "must not contain line breaks or other control characters");

const icon = z.string().refine(isIcon, "must be an emoji, or one or two letters or digits");

/** A string that every file and every program can hold: valid Unicode (no half of a surrogate pair), no NUL. */
const text = z.string().regex(/^[^\p{Cs}\0]*$/u, "must be valid Unicode without NUL");

const matching = (pattern: RegExp, message: string) => z.string().regex(pattern, message);

const host = z
  .string()
  .refine(
    (value) => net.isIPv4(value) || isHostName(value),
    "must be a host name in lower case without scheme, port or path, for instance analytics.example.com, or an IPv4 address",
  );

/** A host name of an app's own: a client that connects to an IP address cannot say which host it means. */
const ownHost = z
  .string()
  .refine(
    (value) => isHostName(value),
    "must be a host name in lower case without scheme, port or path, for instance sales.example.com",
  );

const perApp = z
  .string()
  .refine(
    (value) => value.split("{app}").length === 2 && isHostName(value.replace("{app}", "a")),
    "must be a host name in lower case with {app} once, for instance {app}.apps.example.com",
  );

/** An origin as browsers write it, of a host name: a policy for frames knows no other addresses. */
const origin = z.string().superRefine((value, context) => {
  const { protocol, hostname, origin } = URL.canParse(value)
    ? new URL(value)
    : { protocol: "", hostname: "", origin: "" };
  if (protocol !== "https:" || origin !== value || !isHostName(hostname))
    context.addIssue({
      code: "custom",
      message:
        "must be the origin of pages with https as browsers write it: scheme, host name in lower case without *, port unless it is 443, and no path, for instance https://intranet.example.com",
    });
});

const port = z.int("must be a whole number").min(1, "must be 1–65535").max(65535, "must be 1–65535");

const userName = matching(
  /^[A-Za-z0-9._@+-]{1,64}$/,
  "a user name has 1–64 of the characters A–Z a–z 0–9 . _ @ + -",
);

const bcryptHash = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * Is the value a bcrypt hash rather than a password?
 *
 * @param value a value of `auth.basic.users`
 */
export function isBcryptHash(value: string): boolean {
  return bcryptHash.test(value);
}

/** A password or a bcrypt hash, as `auth.basic.users` takes them. */
const passwordOrHash = z.string().superRefine((value, context) => {
  const complain = (message: string): void => context.addIssue({ code: "custom", message });
  const cost = bcryptHash.exec(value)?.[1];
  if (cost !== undefined) {
    // One is checked after the other: at cost 12, each takes about a quarter of a second.
    if (Number(cost) < 10 || Number(cost) > 12)
      complain(
        "a bcrypt hash must have cost 10, 11 or 12: less is too easy to crack, more would let others wait who sign in",
      );
  } else if (/^\$[^$]+\$/.test(value)) {
    complain("looks like a hash, but is no complete bcrypt hash ($2a$, $2b$ or $2y$, 60 characters)");
  } else if (Buffer.byteLength(value) > 72) {
    complain("a password has at most 72 bytes: bcrypt ignores what follows");
  } else if (value.length < 12) {
    complain("a password needs at least 12 characters");
  } else if (/\p{Cc}/u.test(value)) {
    complain("a password must not contain control characters");
  }
});

/** A route in the spec: `/`, or segments without a slash at the end. */
const route = matching(
  /^(\/|(\/[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?)+)$/,
  "must be / or segments of lower-case letters, digits, - and _ that start and end with a letter or digit, without a slash at the end, for instance /sales",
).max(200, "must have at most 200 characters");

const relativePath = line(1024).refine((value) => !value.includes("\\"), "must use / and not \\");

const entry = matching(
  /^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9_][A-Za-z0-9_./-]*\.py$/,
  "must be a Python script below the source folder, for instance streamlit_app.py",
);

const workingDir = matching(
  /^(?!.*\/\.\.?(\/|$))(\/[A-Za-z0-9_.-]+)+$/,
  "must be an absolute path in the image without . or .., for instance /app",
);

const imageReference = matching(
  /^[a-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/,
  "must be an image reference, for instance registry.example.com/name@sha256:… or name:tag",
).max(512, "must have at most 512 characters");

const environmentName = matching(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  "the name of an environment variable has letters, digits and _, and starts with no digit",
);

const streamlitOption = matching(
  /^[a-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+$/,
  "must be an option as `streamlit config show` lists it, for instance theme.base",
);

const streamlitValue = z.preprocess(
  streamlitSetting,
  z.union([text, z.number(), z.boolean(), z.array(text)], {
    error: "must be a string, a number, true, false or a list of strings",
  }),
);

/** The name of a secret, or of a table and what is below it. */
const secretName = line(128).refine(
  (name) => name.split(".").every((part) => part !== "" && part !== "__proto__"),
  "must have a name before and after each dot",
);

// Of its own: what it is registered for is not so for other texts.
const secretText = z.string().regex(/^[^\p{Cs}\0]*$/u, "must be valid Unicode without NUL");

/** The name of a Kubernetes object (RFC 1123 subdomain). */
const objectName = matching(
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  "must be the name of a Kubernetes object: lower-case letters, digits, - and .",
).max(253, "must have at most 253 characters");

/** The name of a namespace (RFC 1123 label). */
const namespaceName = matching(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "must be the name of a namespace: 1–63 lower-case letters, digits and inner hyphens",
);

const annotationName = matching(
  /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
  "must be the name of an annotation, for instance example.com/name",
);

const subnet = z
  .string()
  .refine(
    (value) => z.union([z.cidrv4(), z.cidrv6()]).safeParse(value).success,
    "must be a subnet, for instance 10.0.0.0/8",
  );

const subject = matching(
  /^[A-Za-z0-9._@+:|/=-]{1,255}$/,
  "must have 1–255 of the characters A–Z a–z 0–9 . _ @ + - : | / =",
);

const domain = matching(
  new RegExp(`^(?=.{1,253}$)${hostLabel}(\\.${hostLabel})+$`),
  "must be a domain in lower case, for instance example.com",
);

const email = matching(
  /^[A-Za-z0-9.!#%&*+/=?^_`{|}~'-]{1,64}@[A-Za-z0-9.-]{1,253}$/,
  "must be an email, for instance anna@example.com",
);

// oauth2-proxy takes a line that begins so for a comment.
const emailInFile = email.regex(/^[^#]/, "must not begin with #");

// oauth2-proxy is asked for a list that is separated by commas.
const group = line(255).regex(/^[^,]*$/, "must not contain a comma, which would make two groups of it");

const httpsUrl = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // nginx has it within another URL, percent-encoded once more, and no parameter of more than 4096 bytes.
  if (url !== undefined && url.href.length > 1000)
    context.addIssue({ code: "custom", message: "must have at most 1000 characters" });
  if (
    url?.protocol !== "https:" ||
    url.username !== "" ||
    // oauth2-proxy would take a host that begins with a dot or an asterisk for every host below it.
    !/^[a-z0-9[]/.test(url.hostname) ||
    url.hash !== "" ||
    /[\s\p{C}"'<>\\{}$|`]/u.test(value)
  )
    context.addIssue({ code: "custom", message: "must be an https URL" });
});

/** A duration as the spec writes it, with its bounds in seconds. */
const duration = (least: number, most: number, range: string) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,6})[smh]$/, {
      error: "must be a number with the unit s, m or h, for instance 30m",
      abort: true,
    })
    .refine((value) => inSeconds(value) >= least && inSeconds(value) <= most, `must be ${range}`);

const hour = 3600;
const sessionSettings = {
  lifetime: duration(60, 720 * hour, "1m–720h").optional(),
  checkInterval: duration(0, 60, "0s–60s").optional(),
  connectionCheckInterval: duration(1, hour, "1s–1h").optional(),
};

const pemCertificates = z.string().refine(isPemCertificates, "must be a certificate in PEM, or several");

const oidc = z.strictObject({
  provider: z.enum(oidcProviderNames, `must be one of ${oidcProviderNames.join(", ")}`),
  issuer: httpsUrl.optional(),
  clientId: input(line(512)),
  clientSecret: input(line(4096)),
  scopes: z
    .array(matching(/^[!#-[\]-~]{1,255}$/, 'must have printable ASCII characters without spaces, " and \\'))
    .optional(),
  groupsClaim: matching(/^[A-Za-z0-9_.:/-]{1,255}$/, "must be the name of a claim").optional(),
  allow: z
    .strictObject({
      emailDomains: z.array(domain).optional(),
      emails: z.array(emailInFile).optional(),
      groups: z.array(group).optional(),
      githubOrg: matching(/^[A-Za-z0-9-]{1,39}$/, "must be the login of an organisation").optional(),
      githubTeams: z.array(matching(/^[a-z0-9_-]{1,100}$/, "must be the slug of a team")).optional(),
    })
    .optional(),
  bearer: z.boolean().optional(),
  audiences: z.array(line(255)).optional(),
  endSessionEndpoint: httpsUrl.optional(),
  caCertificate: input(pemCertificates).optional(),
  network: input(
    matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "must be the name of a Docker network"),
  ).optional(),
  endpoints: z
    .strictObject({ authorization: httpsUrl, token: httpsUrl, userInfo: httpsUrl, jwks: httpsUrl.optional() })
    .optional(),
});

/** The name of a provider that Cognito federates with, which is part of what people see. */
const federatedName = matching(
  /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/,
  "a provider's name has 3–32 lower-case letters, digits and inner hyphens, and starts with a letter",
);

/** The name of a program that calls apps. */
const programName = matching(
  /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
  "a program's name has 1–32 lower-case letters, digits and inner hyphens, and starts with a letter",
);

const client = { clientId: input(line(512)), clientSecret: input(line(4096)) };

const cognito = z.strictObject({
  selfSignUp: z.boolean().optional(),
  allow: z
    .strictObject({ emailDomains: z.array(domain).min(1, "must not be empty: list at least one") })
    .optional(),
  password: z
    .strictObject({
      minimumLength: z
        .int("must be a whole number")
        .min(8, "must be 8–99")
        .max(99, "must be 8–99")
        .optional(),
      lowercase: z.boolean().optional(),
      uppercase: z.boolean().optional(),
      numbers: z.boolean().optional(),
      symbols: z.boolean().optional(),
    })
    .optional(),
  mfa: z.enum(["off", "optional", "required"], "must be off, optional or required").optional(),
  groups: z
    .array(
      matching(
        /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u,
        "must have 1–128 printable characters without spaces",
      ),
    )
    .optional(),
  bearer: z
    .strictObject({ programs: z.array(programName).min(1, "must not be empty: list at least one") })
    .optional(),
  federation: z
    .strictObject({
      google: z.strictObject(client).optional(),
      oidc: named(
        federatedName,
        z.strictObject({
          issuer: httpsUrl,
          ...client,
          scopes: z.array(matching(/^[!#-[\]-~]{1,255}$/, "must be a scope")).optional(),
        }),
      ).optional(),
      saml: named(
        federatedName,
        z.strictObject({ metadataUrl: httpsUrl, emailAttribute: line(255).optional() }),
      ).optional(),
    })
    .optional(),
});

/** An id that AWS gave to something. */
const awsId = (kind: string) =>
  matching(new RegExp(`^${kind}-[0-9a-f]{4,32}$`), `must be an id that begins with ${kind}-`);

/** The ARN of something, of a service. */
const arn = (service: string, rest: string, example: string) =>
  matching(
    new RegExp(`^arn:aws(-cn|-us-gov)?:${service}:[a-z0-9-]+:\\d{12}:${rest}$`),
    `must be an ARN: ${example}`,
  );

const zone = matching(
  /^Z[A-Z0-9]{1,31}$/,
  "must be the id of a hosted zone of Route 53, for instance Z0123456789ABC",
);
const certificateArn = arn(
  "acm",
  "certificate/[A-Za-z0-9-]+",
  "arn:aws:acm:<region>:<account>:certificate/<id>",
);

/** How long CloudWatch Logs keeps logs, in days (`PutRetentionPolicy`). */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const subnets = (kind: string) =>
  z
    .array(input(awsId("subnet")))
    .min(2, `must be at least two ${kind} subnets, in different availability zones`)
    .max(16, "must be at most 16");

/** The name of an app or a volume, which becomes part of other names. */
const namePattern = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

/** What another target or a later release brings: accepted in shape here, refused with its reason by `capabilities.ts`. */
const elsewhere = z.record(z.string(), z.unknown());

const percent = z.number().min(10, "must be 10–90").max(90, "must be 10–90");

const app = z.strictObject({
  source: relativePath.optional(),
  image: input(imageReference).optional(),
  entry: entry.optional(),
  workingDir: workingDir.optional(),
  host: ownHost.optional(),
  route: route.optional(),
  formerRoutes: z.array(route).max(8, "must have at most 8 routes").optional(),
  title: line(80).optional(),
  description: line(200).optional(),
  icon: icon.optional(),
  replicas: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(32, "must be at most 32")
    .optional(),
  drainTimeout: duration(0, 24 * hour, "0s–24h").optional(),
  minReadySeconds: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(600, "must be at most 600")
    .optional(),
  autoscaling: z
    .strictObject({
      min: z.int().min(1, "must be at least 1"),
      max: z.int(),
      cpu: percent.optional(),
      memory: percent.optional(),
      requests: z.int("must be a whole number").min(1, "must be at least 1").optional(),
    })
    .optional(),
  spot: z.boolean().optional(),
  updates: z
    .strictObject({ rolling: z.strictObject({}).optional(), blueGreen: elsewhere.optional() })
    .optional(),
  resources: z
    .strictObject({
      cpu: z
        .number()
        .min(0.1, "must be at least 0.1")
        .max(1024, "must be at most 1024")
        .multipleOf(0.01)
        .optional(),
      memory: matching(
        /^[1-9]\d{0,6}(Mi|Gi)$/,
        "must be a number with the unit Mi or Gi, for instance 512Mi",
      ).optional(),
    })
    .optional(),
  environment: named(environmentName, input(text)).optional(),
  secrets: named(secretName, inputTree(secretName, secretText)).optional(),
  streamlit: named(streamlitOption, streamlitValue).optional(),
  egress: z.boolean().optional(),
  // What an entry may be is in rules/egress.ts, since it depends on the names of the apps.
  egressTo: z.array(z.string()).max(16, "must have at most 16 entries").optional(),
  volumes: named(
    matching(
      namePattern,
      "a volume's name has 1–32 lower-case letters, digits and inner hyphens, and starts with a letter",
    ),
    z.strictObject({
      path: matching(
        /^(?!.*\/\.\.?(\/|$))(\/[A-Za-z0-9_.-]+)+$/,
        "must be an absolute path in the container without . or .. and without a slash at the end, for instance /app/data",
      ).max(200, "must have at most 200 characters"),
      shared: z.boolean().optional(),
    }),
  ).optional(),
  embed: z
    .strictObject({
      from: z
        .array(origin)
        .min(1, "must not be empty: list at least one, or leave embed out")
        .max(10, "must have at most 10 origins"),
    })
    .optional(),
  forwardHeaders: z
    .array(
      matching(
        /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/,
        "must be the name of a header with letters, digits and single hyphens between them, for instance traceparent",
      ).max(64, "must have at most 64 characters"),
    )
    .max(16, "must have at most 16 names")
    .optional(),
  allow: z
    .strictObject({
      // With auth.oidc a subject, which some providers write with |, : or /; the rules for auth.basic are in rules/guest-lists.ts.
      users: z.array(subject).optional(),
      emails: z.array(email).optional(),
      groups: z
        .array(group)
        .refine(
          (groups) => groupQuery(groups).length <= longestGroupQuery,
          `must take at most ${longestGroupQuery} bytes in a query, percent-encoded, which oauth2-proxy is asked with`,
        )
        .optional(),
    })
    .optional(),
});

const basic = z.strictObject({
  realm: matching(
    /^[ !#%-[\]-~]{1,64}$/,
    'must have 1–64 printable ASCII characters and neither ", \\ nor $',
  ).optional(),
  users: named(userName, input(passwordOrHash)).optional(),
  generatedUsers: z.array(userName).optional(),
});

/** Where something in front of the gateway ends TLS and names the client. */
const behindProxy = {
  trustedProxies: z
    .array(
      subnet.refine(
        (value) => !value.endsWith("/0"),
        "must not be everybody, who could say any address then",
      ),
    )
    .min(1, "must not be empty"),
  controllerNamespace: namespaceName.optional(),
};

/** The shape of a spec. It refuses with a fault what is wrong in one field; see `rules.ts` for the rest. */
export const siteSchema = z.strictObject({
  host,
  hosts: z.strictObject({ perApp: perApp.optional() }).optional(),
  title: line(80).optional(),
  logo: relativePath.optional(),
  ports: z
    .strictObject({
      https: port.optional(),
      http: port.optional(),
      address: z
        .string()
        .refine((value) => net.isIPv4(value), "must be an IPv4 address of this machine")
        .optional(),
    })
    .optional(),
  apps: named(
    matching(
      namePattern,
      "an app's name has 1–32 lower-case letters, digits and inner hyphens, and starts with a letter",
    ),
    app,
  ),
  auth: z.strictObject({
    basic: basic.optional(),
    oidc: oidc.optional(),
    accounts: elsewhere.optional(),
    cognito: cognito.optional(),
  }),
  sessions: z
    .strictObject({
      redis: z
        .strictObject({ ...sessionSettings, refresh: duration(0, hour, "0s–1h").optional() })
        .optional(),
      cookie: z.strictObject(sessionSettings).optional(),
    })
    .optional(),
  tls: z
    .strictObject({
      selfSigned: z.strictObject({}).optional(),
      provided: z.strictObject({ certificate: input(z.string()), privateKey: input(z.string()) }).optional(),
      acm: z
        .strictObject({ zone: input(zone).optional(), certificateArn: input(certificateArn).optional() })
        .optional(),
      secret: z.strictObject({ name: objectName }).optional(),
      certManager: z
        .strictObject({
          issuer: objectName,
          kind: z.enum(["Issuer", "ClusterIssuer"], "must be Issuer or ClusterIssuer").optional(),
        })
        .optional(),
      acme: elsewhere.optional(),
    })
    .optional(),
  images: z
    .strictObject({
      python: imageReference.optional(),
      nginx: imageReference.optional(),
      oauth2Proxy: imageReference.optional(),
      redis: imageReference.optional(),
    })
    .optional(),
  expose: z
    .strictObject({
      loadBalancer: z
        .strictObject({
          annotations: named(annotationName, text).optional(),
          className: annotationName.optional(),
          sourceRanges: z.array(subnet).min(1, "must not be empty").optional(),
        })
        .optional(),
      nodePort: z.strictObject({}).optional(),
      ingress: z
        .strictObject({
          className: objectName,
          annotations: named(annotationName, text).optional(),
          ...behindProxy,
        })
        .optional(),
      gatewayApi: z
        .strictObject({
          gateway: objectName,
          namespace: namespaceName.optional(),
          listener: objectName.optional(),
          ...behindProxy,
        })
        .optional(),
    })
    .optional(),
  namespace: z
    .strictObject({ create: namespaceName.optional(), existing: namespaceName.optional() })
    .optional(),
  registry: z
    .strictObject({
      address: matching(
        /^[a-z0-9.-]+(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
        "must be a host with a port or a path if need be, for instance registry.example.com/analytics",
      ).max(200, "must have at most 200 characters"),
      username: input(line(255)).optional(),
      password: input(line(4096)).optional(),
    })
    .optional(),
  imagePull: z
    .strictObject({
      policy: z.enum(["Always", "IfNotPresent", "Never"], "must be Always, IfNotPresent or Never").optional(),
      secrets: z.array(objectName).optional(),
    })
    .optional(),
  gateway: z.strictObject({ alb: z.strictObject({}).optional(), nginx: elsewhere.optional() }).optional(),
  network: z
    .strictObject({
      create: z
        .strictObject({
          cidr: z
            .string()
            .refine(
              (value) => isPrivateNetwork(value),
              "must be a private subnet from /16 to /20, for instance 10.0.0.0/16",
            )
            .optional(),
        })
        .optional(),
      existing: z
        .strictObject({
          vpc: input(awsId("vpc")),
          publicSubnets: subnets("public"),
          privateSubnets: subnets("private"),
        })
        .optional(),
    })
    .optional(),
  logs: z
    .strictObject({
      retention: z
        .number()
        .refine((days) => retentions.includes(days), `must be one of ${retentions.join(", ")} days`)
        .optional(),
    })
    .optional(),
  deletionProtection: z.boolean().optional(),
  waf: z
    .strictObject({
      managed: z.strictObject({}).optional(),
      webAclArn: input(
        arn(
          "wafv2",
          "regional/webacl/[^/\\s]+/[a-f0-9-]+",
          "arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>",
        ),
      ).optional(),
    })
    .optional(),
  kmsKeyArn: input(arn("kms", "key/[A-Za-z0-9-]+", "arn:aws:kms:<region>:<account>:key/<id>")).optional(),
  alarms: z
    .strictObject({
      topicArn: input(arn("sns", "[A-Za-z0-9_-]{1,256}", "arn:aws:sns:<region>:<account>:<topic>")),
    })
    .optional(),
});

/** Both must describe the same fields: a field that one of them lacks fails the type check here. */
type SameKeys<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : never;
const sameKeys: {
  site: SameKeys<z.infer<typeof siteSchema>, SiteArgs>;
  app: SameKeys<z.infer<typeof app>, SiteArgs["apps"][string]>;
  oidc: SameKeys<z.infer<typeof oidc>, OidcArgs>;
} = { site: true, app: true, oidc: true };
void sameKeys;
