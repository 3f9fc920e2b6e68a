/** Contract 3 and 12 in Docker's terms: what the containers may do, and that all of them are looked at. */
import { partName } from "../../../stacks/docker/containers";
import type { ContractSite } from "../support/site";
import { containersOf, runningParts } from "./docker";

/** Register the tests. */
export function hardening(contract: ContractSite): void {
  const { target } = contract;

  test("every container is hardened", async () => {
    const checks = (await containersOf(target.project))
      .map((container) => [partName(container.Config.Labels), container] as const)
      .filter(([part]) => part.endsWith(".check"));
    expect(checks.length).toBeGreaterThanOrEqual(4);
    const all = [...Object.entries(await runningParts(target.project)), ...checks];
    for (const [part, { Config, HostConfig, Mounts }] of all) {
      expect([part, Config.User]).toEqual([part, expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
      expect(HostConfig).toMatchObject({
        Privileged: false,
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        PidMode: "",
        UsernsMode: "",
        RestartPolicy: { Name: part.endsWith(".check") ? "no" : "unless-stopped" },
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
      });
      expect(HostConfig.CapAdd ?? []).toEqual([]);
      expect(HostConfig.Devices ?? []).toEqual([]);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
      expect(HostConfig.NanoCpus).toBeGreaterThan(0);
      expect(HostConfig.Ulimits).toContainEqual(expect.objectContaining({ Name: "nproc" }));
      expect(HostConfig.Tmpfs).toEqual({ "/tmp": expect.stringContaining("noexec,nosuid,nodev") as string });
      expect(Config.Healthcheck?.Test?.[0]).toBe("CMD");
      // Nothing of the machine is mounted, and nothing that is mounted can be written to but what Redis is there for.
      for (const { Type, RW, Destination } of Mounts)
        expect([part, Type, RW]).toEqual([part, "volume", part === "redis" && Destination === "/data"]);
    }
  });

  test("what a process in an app can do is as little as it looks", async () => {
    const { output } = await contract.python(
      "limited",
      "import os, pathlib, subprocess",
      "status = dict(l.split(':\\t') for l in pathlib.Path('/proc/self/status').read_text().splitlines() if ':\\t' in l)",
      "print(os.getuid(), status['CapEff'], status['CapBnd'], status['NoNewPrivs'])",
      "for place in ['/app/x', '/app/.streamlit/x', '/etc/x', '/usr/bin/x']:",
      "    try: pathlib.Path(place).write_text('x'); print('wrote', place)",
      "    except OSError: pass",
      "program = pathlib.Path('/tmp/program'); program.write_text('#!/bin/sh\\necho ran'); program.chmod(0o755)",
      "try: print(subprocess.run([str(program)], capture_output=True).stdout)",
      "except OSError: pass",
    );
    expect(output.trim()).toMatch(/^[2-5]\d{4} 0{16} 0{16} 1$/);
  });

  test("the search for secrets goes through every container, with its image, and all networks and volumes", async () => {
    const containers = await containersOf(target.project);
    expect(containers.length).toBeGreaterThanOrEqual(8);
    expect(Object.keys(await target.describeParts()).sort()).toEqual(
      [...containers.map(({ Name }) => Name), "networks", "volumes"].sort(),
    );
  });
}
