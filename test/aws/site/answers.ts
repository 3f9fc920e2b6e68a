/** What is answered of what checkov finds in a site; `docs/aws.md` has the same for those who run checkov on their own. */
import type { CheckovAnswer } from "../terraform/checkov";

/** The sites of the tests that leave a choice as it is, and so have its finding; the one that takes it, `fed`, has not. */
const undecided = /\.(plain|oidc|in)(-|$)/;

const choice = (setting: string): string => `it is a choice, by ${setting}, which the site "fed" takes`;

const logBucket = /^aws_s3_bucket\.\w+-log$/;

/** Of each check, why what it finds stays as it is. */
export const siteAnswers: readonly CheckovAnswer[] = [
  // What the spec leaves to whoever writes it.
  {
    check: "CKV_AWS_149",
    resource: undecided,
    because: choice("kmsKeyArn; without it the key is AWS's own"),
  },
  {
    check: "CKV_AWS_158",
    resource: undecided,
    because: choice("kmsKeyArn; without it the key is AWS's own"),
  },
  {
    check: "CKV_AWS_136",
    resource: /\.in-explorer$/,
    because: "it is a choice, by kmsKeyArn; without it the key is AWS's own",
  },
  {
    check: "CKV_AWS_338",
    resource: undecided,
    because: choice("logs.retention; a year of logs costs a year of logs"),
  },
  {
    check: "CKV_AWS_150",
    resource: undecided,
    because: choice("deletionProtection; it is on by itself in stacks called prod*"),
  },
  {
    check: "CKV2_AWS_28",
    resource: /\.(plain|in)$/,
    because: choice("waf, which costs by the month and by the request"),
  },

  // What the way to an app is.
  {
    check: "CKV_AWS_260",
    resource: /\.\w+-http$/,
    because: "port 80 answers with a redirect to HTTPS only",
  },
  {
    check: "CKV_AWS_378",
    because:
      "Streamlit speaks HTTP, in subnets that nobody else is in, and its port is open to the load balancer alone",
  },
  {
    check: "CKV2_AWS_11",
    because: "flow logs cost as much as the rest of the logs; whoever needs them adds them to the VPC",
  },
  {
    check: "CKV2_AWS_12",
    resource: /\.there$/,
    because:
      "a network that is there is its owner's; one of the site's own has a default group without rules",
  },
  {
    check: "CKV2_AWS_31",
    because:
      "what the firewall refuses stands in the load balancer's log; the firewall's own log would have the headers, and so cookies and tokens",
  },
  {
    check: "CKV2_AWS_76",
    resource: /\.fed$/,
    because:
      "the rules against Log4j are in AWSManagedRulesKnownBadInputsRuleSet, which is there; the check also asks for AWSManagedRulesAnonymousIpList, which refuses those who come by a VPN",
  },
  {
    check: "CKV2_AWS_76",
    resource: /\.oidc$/,
    because: "the rules of a firewall that is there (waf.webAclArn) are its owner's, and not in this graph",
  },

  // The bucket with the load balancer's log.
  {
    check: "CKV_AWS_145",
    resource: logBucket,
    because: "load balancers write only to buckets that are encrypted with S3's own keys",
  },
  {
    check: "CKV_AWS_18",
    resource: logBucket,
    because: "it is a log; one of who read it is CloudTrail's, for those who keep data events",
  },
  {
    check: "CKV_AWS_21",
    resource: logBucket,
    because: "each file is written once, under a name of its own, and versions would outlive the retention",
  },
  {
    check: "CKV_AWS_144",
    resource: logBucket,
    because: "it is kept for some days, and a site is in one region",
  },
  { check: "CKV2_AWS_62", resource: logBucket, because: "nothing waits for a file of the log" },

  // The functions: some lines each, which call nothing.
  {
    check: "CKV_AWS_115",
    because:
      "what is reserved is taken from all other functions of the account, and AWS refuses it in accounts whose quota is that of new ones",
  },
  {
    check: "CKV_AWS_116",
    because: "they are called by who waits for the answer; a dead letter queue has what nobody waits for",
  },
  { check: "CKV_AWS_117", because: "they connect to nothing, in the network or out of it" },
  {
    check: "CKV_AWS_173",
    because: "their variables are a list of domains and a public address, and no secret",
  },
  {
    check: "CKV_AWS_272",
    because: "whoever deploys them could sign them, too: the code comes with the program",
  },
  {
    check: "CKV_AWS_50",
    because: "they call nothing that a trace would show, and would need a right to write it",
  },

  // Images and secrets.
  {
    check: "CKV_AWS_51",
    because: "the tag is the same at each build; tasks name the digest, which is what cannot be changed",
  },
  {
    check: "CKV2_AWS_57",
    because: "an app's secrets are the spec's, which gives others: a new version then replaces the tasks",
  },
];
