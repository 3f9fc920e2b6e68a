import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AwsStack } from "./stack";

test("code is compared by what is in it", async () => {
  const program = (text: string) => () => {
    new aws.lambda.Function("code", {
      role: "arn:aws:iam::210987654321:role/other",
      runtime: "nodejs22.x",
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(text) }),
    });
  };
  const stack = await AwsStack.open({ program: program("one") });
  try {
    expect(await stack.up()).toEqual({ create: 2 });
    expect(await stack.up()).toEqual({ same: 2 });
    stack.become(program("two"));
    expect(await stack.up()).toEqual({ same: 1, update: 1 });
    expect(await stack.destroy()).toEqual({ delete: 2 });
  } finally {
    stack.remove();
  }
}, 120_000);
