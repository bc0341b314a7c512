import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import type { Ignore } from '@balena/dockerignore';
import type { Copy, Instruction, JSONInstruction } from 'dockerfile-ast';
import { baseEnvironment } from './base-environment.ts';
import { buildArgument, expand, readDockerfile } from './dockerfile.ts';

// Its types say that it exports a namespace; it exports a function.
const dockerignore = createRequire(import.meta.url)('@balena/dockerignore') as () => Ignore;

/** Result of a Dockerfile in a folder. */
export interface BuiltImage {
  /** The folder that stands for `/`. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: string[];
  healthcheck: string[];
  volumes: string[];
}

export interface ImageBuildOptions {
  dockerfile: string;
  /** The build context; its `.dockerignore` is obeyed. */
  context: string;
  /** An empty folder. */
  into: string;
}

/**
 * Does what each stage of a Dockerfile does, in plain folders and with this machine's programs: base images are empty, and absolute
 * paths below the image's root. It knows the instructions that ours uses, and throws on others.
 */
export function buildImage({ dockerfile, context, into }: ImageBuildOptions): BuiltImage {
  const programs = baseEnvironment(join(into, 'programs'));
  const { globals: defaults, stages, last } = readDockerfile(dockerfile);
  const globals: Record<string, string> = {};
  for (const text of defaults) Object.assign(globals, buildArgument(text, globals));
  const built = new Map<string, BuiltImage>();
  const inContext = contextFilter(readFileSync(join(context, '.dockerignore'), 'utf8'));

  const build = (name: string): BuiltImage => {
    const known = built.get(name);
    if (known !== undefined) return known;
    const stage = stages.get(name);
    const nothing = { workdir: '/', env: {}, user: '', entrypoint: [], healthcheck: [], volumes: [] };
    const image: BuiltImage = { root: join(into, name), ...nothing };
    mkdirSync(image.root, { recursive: true });
    if (stage !== undefined) {
      const base = expand(stage.from, globals);
      if (stages.has(base)) inherit(image, build(base));
      runStage(image, stage.instructions);
    }
    built.set(name, image);
    return image;
  };

  const inherit = (image: BuiltImage, base: BuiltImage): void => {
    Object.assign(image, { ...base, root: image.root, env: { ...base.env } });
    cpSync(base.root, image.root, { recursive: true, verbatimSymlinks: true });
  };

  const runStage = (image: BuiltImage, instructions: Instruction[]): void => {
    const local: Record<string, string> = {};
    for (const instruction of instructions) {
      const raw = instruction.getArgumentsContent() ?? '';
      const text = expand(raw, { ...local, ...image.env });
      const keyword = instruction.getKeyword();
      switch (keyword) {
        case 'ARG':
          Object.assign(local, buildArgument(raw, globals));
          break;
        case 'ENV':
          for (const pair of instruction.getArguments()) {
            const [key, value] = pair.getValue().split('=') as [string, string];
            image.env[key] = expand(value, local);
          }
          break;
        case 'WORKDIR':
          image.workdir = text;
          mkdirSync(join(image.root, text), { recursive: true });
          break;
        case 'COPY':
          copy(image, instruction as Copy);
          break;
        case 'RUN':
          run(image, raw, { ...local, ...image.env });
          break;
        case 'USER':
          image.user = text;
          break;
        case 'VOLUME':
          image.volumes = JSON.parse(text) as string[];
          break;
        case 'ENTRYPOINT':
          image.entrypoint = (instruction as JSONInstruction).getJSONStrings().map((json) => json.getJSONValue());
          break;
        case 'HEALTHCHECK':
          image.healthcheck = JSON.parse(raw.slice(raw.indexOf('['))) as string[];
          break;
        case 'LABEL':
        case 'EXPOSE':
          break;
        default:
          throw new Error(`The image test does not know ${keyword}: teach it, so that it does what the build does.`);
      }
    }
  };

  const copy = (image: BuiltImage, instruction: Copy): void => {
    const from = instruction
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue();
    const [source, target] = instruction.getArguments().map((argument) => argument.getValue()) as [string, string];
    const sourceRoot = from === undefined || from === null ? context : build(from).root;
    const path = join(sourceRoot, source);
    const folder = resolve(join(image.root, image.workdir), target);
    const destination = statSync(path).isDirectory() ? folder : join(folder, basename(path));
    const filter = sourceRoot === context ? (file: string) => inContext(relative(context, file)) : undefined;
    cpSync(path, destination, { recursive: true, verbatimSymlinks: true, ...(filter && { filter }) });
  };

  const run = (image: BuiltImage, command: string, env: Record<string, string>): void => {
    const script = command
      .replace(/(?<=\s)\/(?!usr|bin|dev|etc|var)[\w/]+/g, (absolute) => join(image.root, absolute))
      .replace(/ -o 1000 -g 1000/, process.getuid?.() === 0 ? '$&' : '');
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', script], {
      cwd: join(image.root, image.workdir),
      env: { ...programs, ...env },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`RUN ${command} ended with ${status}\n${stdout}\n${stderr}`);
  };

  return build(last);
}

/** Paths of the context that the build sees; an ignored folder is entered where a later rule takes something in it back. */
function contextFilter(rules: string): (path: string) => boolean {
  const ignored = dockerignore().add(rules);
  const kept = rules.split('\n').filter((rule) => rule.startsWith('!'));
  return (path) => path === '' || !ignored.ignores(path) || kept.some((rule) => rule.startsWith(`!${path}/`));
}
