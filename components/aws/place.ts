/** Where a site is made: what AWS says of the account and the region that its provider has. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Labels } from "../shared/labels";

/** An account and a region. */
export interface Place {
  /** The region's code, for instance `eu-central-1`. */
  region: pulumi.Output<string>;
  /** The account's twelve digits. */
  account: pulumi.Output<string>;
  /** The start of ARNs: `aws`, and in China and for the government another. */
  partition: pulumi.Output<string>;
  /** The availability zones of the region, by their names, in the order of the alphabet. */
  zones: pulumi.Output<string[]>;
}

/** What every part of a site gets. */
export interface Common {
  /** Where it is made. */
  place: Place;
  /** Of everything that takes tags. */
  tags: Labels;
  /** Is what would hurt to lose kept from being deleted? */
  protect: boolean;
}

/**
 * Ask AWS where the site is made.
 *
 * @param opts of the component, whose provider is asked
 */
export function placeOf(opts: pulumi.InvokeOptions): Place {
  const { region } = aws.getRegionOutput({}, opts);
  const { accountId } = aws.getCallerIdentityOutput({}, opts);
  const { partition } = aws.getPartitionOutput({}, opts);
  // Zones that have to be asked for (Local Zones, Wavelength) are none for a load balancer.
  const { names } = aws.getAvailabilityZonesOutput(
    { state: "available", filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }] },
    opts,
  );
  return { region, account: accountId, partition, zones: names.apply((all) => [...all].sort()) };
}
