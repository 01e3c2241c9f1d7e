/** The package's folder and the name of the image under test. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { imageTag } from '../../scripts/image.ts';

/** The package's folder, wherever this file was compiled to. */
export const packageFolder = dirname(createRequire(import.meta.url).resolve('#package.json'));

/** The image that `npm run image` built with podman. */
export const image = `localhost/${imageTag}`;

/** The environment variable that passes the name of the base image to the checks. */
export const baseVariable = 'IMAGE_TEST_BASE';
