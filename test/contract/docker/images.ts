/** The images of the test apps, and others that tests build. */
import * as path from "node:path";
import { pack } from "tar-stream";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import type { TestProject } from "../../leftovers";
import { appsFolder, type TestApp } from "../support/apps";
import { docker } from "./docker";

/** The image of a test app; of every project its own, so that two of them may come and go at once. */
export const testImage = (project: TestProject, app: TestApp): string => `${project}-${app}:latest`;

/** Build the image of a test app. */
export async function buildTestImage(project: TestProject, app: TestApp): Promise<void> {
  const { images = defaultImages } = await prepareEngine({
    log: () => undefined,
    officialImages: defaultImages,
  });
  await built(
    await docker.buildImage(
      { context: path.join(appsFolder, app), src: ["Dockerfile", `${app}.py`] },
      { t: testImage(project, app), buildargs: { PYTHON_IMAGE: images.python } },
    ),
  );
}

/** Build an image from a Dockerfile alone. */
export async function buildImage(name: string, dockerfile: string): Promise<void> {
  const context = pack();
  context.entry({ name: "Dockerfile" }, dockerfile);
  context.finalize();
  await built(await docker.buildImage(context, { t: name }));
}

async function built(stream: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
