/** The gateway contract's target on Kubernetes: a site brought up by the engine on the cluster of this machine. */
import { randomBytes } from "node:crypto";
import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, type KubeConfig, KubernetesObjectApi, type V1Pod } from "@kubernetes/client-node";
import { KubernetesSite } from "../../../components/kubernetes";
import type { SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import { type Cluster, ensureCluster } from "../../../offline/cluster";
import { baseImages, pushImage } from "../../../offline/cluster/images";
import { partNames } from "../../../stacks/kubernetes/parts";
import type { TestProject } from "../../leftovers";
import { dockerRunner } from "../../oidc/docker";
import type { Client } from "../../oidc/identity-provider";
import { TestProvider } from "../../oidc/provider/provider";
import { TestStack } from "../../stack";
import { buildTestImage, testImage } from "../docker/images";
import { ports, type TestApp } from "../support/apps";
import { request } from "../support/client";
import type {
  ContractTarget,
  Endpoint,
  Exec,
  OutsideServer,
  Ran,
  Replica,
  TargetOutputs,
  TargetProvider,
  TargetState,
} from "../target";
import { forward, type Forwarding } from "./forward";
import { connection, isReady, killProcesses, nameOf, Pods } from "./pods";
