/** AWS's APIs, as far as the commands ask them. They only read. */
import {
  CloudWatchLogsClient,
  type FilteredLogEvent,
  GetLogEventsCommand,
  type LogStream,
  type OutputLogEvent,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  type Cluster,
  type ContainerDefinition,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  paginateListClusters,
  paginateListServices,
  paginateListTasks,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
  type TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { siteName, type StackName } from "../target";
import { UserError } from "../user-error";
import { inWords, noCredentials, noRegion } from "./errors";
import type { Observed, ObservedService } from "./observed";
import type { AwsSettings } from "./settings";

// That AWS will want a newer Node one day is no news for who brings up a site: the SDK's version is that of package-lock.json.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** How many services, tasks and clusters AWS describes at a time. */
const batch = { services: 10, tasks: 100, clusters: 100 };

/** Asks AWS as whoever the AWS SDK finds: the environment, a profile, single sign-on, the role of the machine. */
export class AwsClient {
  private readonly ecs: ECSClient;
  private readonly balancing: ElasticLoadBalancingV2Client;
  private readonly watch: CloudWatchLogsClient;

  /** @param settings of the stack */
  constructor(private readonly settings: AwsSettings) {
    const options = { ...settings, maxAttempts: 4 };
    this.ecs = new ECSClient(options);
    this.balancing = new ElasticLoadBalancingV2Client(options);
    this.watch = new CloudWatchLogsClient(options);
  }

  /**
   * Find out whether there are a region and credentials and AWS accepts them, before anything is begun.
   *
   * @returns the region
   * @throws {@link UserError} when one is missing, with where it was looked for
   */
  async greet(): Promise<string> {
    const region = await this.ecs.config.region().catch(() => "");
    if (region === "") throw new UserError(noRegion(this.settings));
    await this.ecs.config.credentials().catch((error: unknown) => {
      throw new UserError(noCredentials(this.settings, error), { cause: error });
    });
    await this.ask(() => this.ecs.send(new ListClustersCommand({ maxResults: 1 })));
    return region;
  }

  /**
   * Everything of a site that runs.
   *
   * @param only the names of services, where no other one is of interest. @default all
   */
  async observe(name: StackName, only?: readonly string[]): Promise<Observed> {
    return this.ask(async () => {
      const cluster = await this.cluster(name);
      if (cluster === undefined) return { services: [] };
      const services = (await this.services(cluster)).filter(
        ({ serviceName = "" }) => only === undefined || only.includes(serviceName),
      );
      const observed = await Promise.all(services.map((service) => this.observeService(cluster, service)));
      const balancer = await this.balancer(services);
      return { services: observed, ...(balancer && { balancer }) };
    });
  }

  /** The log groups of the containers of a service's tasks, by the container's name. */
  async logGroups({ taskDefinition }: Service): Promise<Map<string, string>> {
    return this.ask(async () => {
      const { taskDefinition: found } = await this.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition }),
      );
      const groupOf = ({ name = "", logConfiguration }: ContainerDefinition): [string, string][] => {
        const group = logConfiguration?.options?.["awslogs-group"];
        return group === undefined ? [] : [[name, group]];
      };
      return new Map((found?.containerDefinitions ?? []).flatMap(groupOf));
    });
  }

  /** The streams of a log group, one for each container that ever logged. */
  async streams(logGroupName: string): Promise<LogStream[]> {
    return this.ask(async () => {
      const found: LogStream[] = [];
      for await (const page of paginateDescribeLogStreams({ client: this.watch }, { logGroupName }))
        found.push(...(page.logStreams ?? []));
      return found;
    });
  }

  /**
   * The lines of a stream in their order.
   *
   * @param bounds `tail` bounds how many, from the end
   */
  async lines(
    logGroupName: string,
    logStreamName: string,
    { since, tail = Infinity }: { since?: Date | undefined; tail?: number | undefined },
  ): Promise<OutputLogEvent[]> {
    return this.ask(async () => {
      let lines: OutputLogEvent[] = [];
      for (let nextToken: string | undefined; lines.length < tail;) {
        const page = await this.watch.send(
          new GetLogEventsCommand({
            ...{ logGroupName, logStreamName, nextToken, startFromHead: false },
            limit: Math.min(tail, 10_000),
            ...(since && { startTime: since.getTime() }),
          }),
        );
        lines = [...(page.events ?? []), ...lines];
        // AWS gives the same token back once there is no more before; a page may be empty with more before it.
        if (page.nextBackwardToken === undefined || page.nextBackwardToken === nextToken) break;
        nextToken = page.nextBackwardToken;
      }
      return tail === Infinity ? lines : lines.slice(Math.max(0, lines.length - tail));
    });
  }

  /** All lines of a log group since a time, in their order. */
  async linesSince(logGroupName: string, since: Date): Promise<FilteredLogEvent[]> {
    return this.ask(async () => {
      const found: FilteredLogEvent[] = [];
      const pages = paginateFilterLogEvents(
        { client: this.watch },
        { logGroupName, startTime: since.getTime() },
      );
      for await (const page of pages) found.push(...(page.events ?? []));
      return found;
    });
  }

  /** The cluster of a stack, by its tags: its name has an end that nobody knows before. */
  private async cluster({ project, stack }: StackName): Promise<string | undefined> {
    const arns: string[] = [];
    for await (const page of paginateListClusters({ client: this.ecs }, {}))
      arns.push(...(page.clusterArns ?? []));
    const wanted = {
      "streamlit.project": project,
      "streamlit.stack": stack,
      "streamlit.site": siteName,
    };
    for (const some of chunks(arns, batch.clusters)) {
      const { clusters = [] } = await this.ecs.send(
        new DescribeClustersCommand({ clusters: some, include: ["TAGS"] }),
      );
      const found = clusters.find(
        (cluster: Cluster) => cluster.status === "ACTIVE" && hasTags(cluster.tags, wanted),
      );
      if (found) return found.clusterArn;
    }
    return undefined;
  }

  private async services(cluster: string): Promise<Service[]> {
    const arns: string[] = [];
    for await (const page of paginateListServices({ client: this.ecs }, { cluster }))
      arns.push(...(page.serviceArns ?? []));
    const found: Service[] = [];
    for (const services of chunks(arns, batch.services)) {
      const page = await this.ecs.send(new DescribeServicesCommand({ cluster, services, include: ["TAGS"] }));
      found.push(...(page.services ?? []));
    }
    // One that was removed is known of for some time.
    return found.filter(({ status }) => status !== "INACTIVE");
  }

  private async observeService(cluster: string, service: Service): Promise<ObservedService> {
    const app = service.tags?.find(({ key }) => key === "streamlit.app")?.value ?? service.serviceName ?? "";
    const [tasks, targets] = await Promise.all([
      this.tasks(cluster, service.serviceName),
      this.targets(service),
    ]);
    return { app, service, tasks, targets };
  }

  private async tasks(cluster: string, serviceName: string | undefined): Promise<Task[]> {
    const arns: string[] = [];
    for (const desiredStatus of ["RUNNING", "STOPPED"] as const)
      for await (const page of paginateListTasks(
        { client: this.ecs },
        { cluster, serviceName, desiredStatus },
      ))
        arns.push(...(page.taskArns ?? []));
    const found: Task[] = [];
    for (const tasks of chunks(arns, batch.tasks)) {
      const page = await this.ecs.send(new DescribeTasksCommand({ cluster, tasks }));
      found.push(...(page.tasks ?? []));
    }
    return found;
  }

  private async targets({ loadBalancers = [] }: Service): Promise<TargetHealthDescription[]> {
    const found: TargetHealthDescription[] = [];
    for (const { targetGroupArn } of loadBalancers) {
      if (targetGroupArn === undefined) continue;
      const page = await this.balancing.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
      );
      found.push(...(page.TargetHealthDescriptions ?? []));
    }
    return found;
  }

  /** The load balancer that the target group of a service is behind; all of a site are behind one. */
  private async balancer(services: readonly Service[]): Promise<LoadBalancer | undefined> {
    const [group] = services.flatMap(({ loadBalancers = [] }) =>
      loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []),
    );
    if (group === undefined) return undefined;
    const { TargetGroups = [] } = await this.balancing.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [group] }),
    );
    const arns = TargetGroups.flatMap(({ LoadBalancerArns = [] }) => LoadBalancerArns);
    if (arns.length === 0) return undefined;
    const { LoadBalancers = [] } = await this.balancing.send(
      new DescribeLoadBalancersCommand({ LoadBalancerArns: arns.slice(0, 1) }),
    );
    return LoadBalancers[0];
  }

  /** Ask, and say in words what AWS, or what is between here and there, answers. */
  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw inWords(error, this.settings);
    }
  }
}

function hasTags(
  tags: readonly { key?: string | undefined; value?: string | undefined }[] = [],
  wanted: Record<string, string>,
): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    tags.some((tag) => tag.key === key && tag.value === value),
  );
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
