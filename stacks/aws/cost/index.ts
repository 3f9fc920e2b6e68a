/** What the site of a stack costs while nobody visits. */
import { fieldOf, type StackFile } from "../../stack-file";
import { countCost } from "./count";
import { priceList } from "./prices";
import { recordStack } from "./record";
import { costText } from "./text";

/**
 * What `npm run cost` prints of a stack on AWS.
 *
 * @param file the stack's file
 * @param json as JSON, or as a table
 */
export async function siteCost(file: StackFile, json: boolean): Promise<string> {
  const declared = await recordStack(file, priceList.region);
  const region = fieldOf(file.config, "aws:region");
  const counted = countCost(declared, priceList, {
    stack: file.name.stack,
    stackRegion: typeof region === "string" ? region : undefined,
  });
  return json ? `${JSON.stringify(counted, undefined, 2)}\n` : costText(counted);
}
