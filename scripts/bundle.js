/**
 * Writes `dist/`: the program and the kit with the packages that they use, in few files, as Node takes longer to find and
 * read some hundreds of files than to run them. Names and lines stay as in the sources, so that a stack can be read.
 * Plain JavaScript, as for `compile.js`. `node scripts/bundle.js KERNEL` does it whatever there is.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { copyIfOther, hasChanged, put } from './outputs.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Node reads every member of a built-in module that is imported, also those that it loads only when they are read:
 * `node:http` brings Node's own fetch, `node:crypto` the Web Crypto API. A required one is only what it is used for.
 * @type {esbuild.Plugin}
 */
const requiredModules = {
  name: 'required modules',
  setup(build) {
    build.onResolve({ filter: /^(node:)?(http|https|crypto)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'required' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

/** @satisfies {esbuild.BuildOptions} */
const options = {
  entryPoints: ['src/main.ts', 'src/airbyte/destination_kit.ts'],
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  // What only a person's commands need is a file of its own, and is not read by Airbyte's.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Both are found through package.json, beside which `dist/` lies; the polyfill is for a Node without streams.
  external: ['#spec.json', '#package.json', 'web-streams-polyfill'],
  // Packages in CommonJS load Node's modules by this function.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'silent',
  plugins: [requiredModules],
  metafile: true,
  write: false,
};

/**
 * Does nothing if the last run had the same sources and packages.
 * @param {{ folder?: string, sourceMaps?: boolean, kernel: string }} settings `kernel`: the compiled kernel, to be copied
 * @throws Error on a syntax error, or an import that leads nowhere
 */
export async function bundle({ folder = root, sourceMaps = false, kernel }) {
  copyIfOther(kernel, join(folder, 'dist/kernel.wasm'));
  const settings = { ...options, absWorkingDir: folder, sourcemap: sourceMaps };
  const isOld = hasChanged(join(folder, 'build/.dist.stamp'), JSON.stringify([settings, ...inputs(folder)]));
  if (!isOld.value && existsSync(join(folder, 'dist/main.js'))) return;
  const { outputFiles, metafile } = await esbuild.build(settings);
  for (const { path, contents } of outputFiles) put(path, Buffer.from(contents));
  put(join(folder, 'dist/licenses.txt'), licenses(folder, Object.keys(metafile.inputs)));
  removeOthers(folder, new Set(outputFiles.map(({ path }) => path)));
  isOld.keep();
}

/**
 * What decides about the result: the text of each source, and the versions of the packages.
 * @param {string} folder
 */
function inputs(folder) {
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join('src', name));
  return [...sources.sort(), 'package-lock.json'].map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
}

/**
 * The licences of all packages that are part of the result.
 * @param {string} folder
 * @param {readonly string[]} files
 */
function licenses(folder, files) {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const texts = [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
    const file = readdirSync(join(folder, path)).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, path, file), 'utf8');
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return `The program contains these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n`)}`;
}

/**
 * @param {string} folder
 * @param {ReadonlySet<string>} kept
 */
function removeOthers(folder, kept) {
  const dist = join(folder, 'dist');
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
    if (/\.(js|js\.map|wasm)$/.test(name) && !kept.has(join(dist, name)) && name !== 'kernel.wasm')
      rmSync(join(dist, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , kernel = ''] = process.argv;
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  rmSync(join(root, 'build/.dist.stamp'), { force: true });
  await bundle({ kernel });
}
