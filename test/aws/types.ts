/** The names of AWS resource types in Pulumi, which has some of them twice. */

/** One resource by two names: `aws.alb` is `aws.lb`, and its modules have had other names before. */
const modules: Record<string, string> = {
  alb: "lb",
  applicationloadbalancing: "lb",
  elasticloadbalancingv2: "lb",
};

/** The names that came first, of which only one is left in use here. */
const renamed: Record<string, string> = {
  "aws:s3/bucketV2:BucketV2": "aws:s3/bucket:Bucket",
};

/** The one name of a resource type that has two. */
export function canonicalType(type: string): string {
  const [pkg = "", module = "", name = ""] = type.split(":");
  const [folder = "", file = ""] = module.split("/");
  if (pkg !== "aws") return type;
  const plain = `${pkg}:${modules[folder] ?? folder}/${file}:${name}`;
  return renamed[plain] ?? plain;
}
