import "../../../scripts/lazy-modules";

import { version } from "@pulumi/kubernetes/package.json";

import { serve } from "../shared/serve";
import { Cluster } from "./cluster";
import { kinds, schemaOf } from "./kinds";
import { objectResource } from "./object";

const cluster = new Cluster();

void serve(
  version,
  { resources: Object.fromEntries(kinds.map((kind) => [kind.type, schemaOf(kind)])), types: {} },
  kinds.map((kind) => objectResource(kind, cluster)),
  (settings) => cluster.configure(settings),
);
