import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Copy,
  DockerfileParser,
  type Healthcheck,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';
import { CHECKOUT } from './services';

/** One stage: what its steps have written lies in `layer`, over the file system of this machine. */
interface Stage {
  layer: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
}

/** What a container engine would have been told of the last stage. */
export interface Image extends Stage {
  volumes: string[];
  command: string[];
  healthcheck: string[];
}

/**
 * Carries out the steps of a Dockerfile without a container engine: each stage is an overlay over this machine's own
 * file system, which stands in for the base image (a Debian with Node), and its commands run in a chroot of it.
 * @param folder where the layers are made; what is mounted ends with the command that needed it
 * @throws Error for an instruction that it does not know, or a command that fails
 */
export function buildImage(dockerfile: string, folder: string): Image {
  const stages = new Map<string, Stage>();
  let image: Image | undefined;
  for (const instruction of DockerfileParser.parse(readFileSync(dockerfile, 'utf8')).getInstructions()) {
    const text = instruction.getArgumentsContent() ?? '';
    // What stands in for the base image does not depend on its name.
    if (instruction.getKeyword() === 'ARG' && !image) continue;
    if (instruction.getKeyword() === 'FROM') {
      const [base, , name = 'last'] = text.split(/\s+/);
      image = startStage(path.join(folder, name), stages.get(base));
      stages.set(name, image);
    } else if (image) carryOut(instruction, text, image, stages);
    else throw new Error(`${instruction.getKeyword()} before FROM`);
  }
  if (!image) throw new Error(`${dockerfile} has no FROM`);
  return image;
}

/** @param base an earlier stage; without it, what this machine has stands in */
function startStage(layer: string, base?: Stage): Image {
  const settings = { volumes: [], command: [], healthcheck: [] };
  // Hard links: what replaces or removes a file here leaves it there.
  if (base) execFileSync('cp', ['-al', base.layer, layer]);
  else mkdirSync(layer);
  return { workdir: '/', user: '0:0', ...base, env: { ...base?.env }, layer, ...settings };
}

function carryOut(instruction: Instruction, text: string, image: Image, stages: Map<string, Stage>): void {
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      image.workdir = text;
      mkdirSync(path.join(image.layer, text), { recursive: true });
      return;
    case 'COPY':
      return copy(instruction as Copy, image, stages);
    case 'RUN':
      return run(image, text);
    case 'ENV':
      Object.assign(image.env, Object.fromEntries(text.split(/\s+/).map((pair) => pair.split('='))));
      return;
    case 'USER':
      image.user = text;
      return;
    case 'VOLUME':
      image.volumes.push(text);
      return;
    case 'CMD':
      image.command = jsonOf(instruction as JSONInstruction);
      return;
    case 'HEALTHCHECK':
      image.healthcheck = JSON.parse(
        (instruction as Healthcheck).getArgumentsContent()!.replace(/^.*?CMD\s+/s, ''),
      ) as string[];
      return;
    case 'EXPOSE':
    case 'STOPSIGNAL':
      return;
    default:
      throw new Error(`unknown instruction ${instruction.getKeyword()}`);
  }
}

const jsonOf = (instruction: JSONInstruction) =>
  instruction.getJSONStrings().map((argument) => argument.getJSONValue());

function copy(instruction: Copy, image: Image, stages: Map<string, Stage>): void {
  const names = instruction.getArguments().map((argument) => argument.getValue());
  const from = instruction.getFromFlag()?.getValue();
  const source = from ? stages.get(from)?.layer : CHECKOUT;
  if (source === undefined) throw new Error(`there is no stage ${from}`);
  const target = path.resolve(image.workdir, names.pop()!);
  for (const name of names) {
    const file = path.join(source, name);
    const isFolderOfFiles = names.length > 1 || target === image.workdir;
    const to = path.join(image.layer, target, isFolderOfFiles ? path.basename(name) : '');
    if (!existsSync(file)) throw new Error(`COPY ${name}: there is no such file`);
    mkdirSync(path.dirname(to), { recursive: true });
    execFileSync('cp', [from ? '-alT' : '-aT', file, to]);
  }
}

function run(image: Image, script: string): void {
  const shell = ['sh', '-c', script.replace(/\\\n/g, ' ')];
  const [command, ...args] = insideImage(image, shell, { writable: true });
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
}

/**
 * The command line that runs a command inside an image as its user: a process of its own, whose mounts nobody else sees
 * and which end with it.
 * @param options.writable whether the tree may be written, as while it is built; else only the mounts may
 * @param options.mounts host folder of each volume
 * @param options.env besides that of the image; of this process only PATH and HOME get through, and npm's settings
 */
export function insideImage(
  image: Stage,
  command: string[],
  options: { writable?: boolean; mounts?: Record<string, string>; env?: Record<string, string> } = {},
): string[] {
  const { layer, env: own, user, workdir } = image;
  const [root, work] = [`${layer}.root`, `${layer}.work`];
  for (const folder of [root, work]) mkdirSync(folder, { recursive: true });
  const mounts = [
    `mount -t overlay overlay -o lowerdir=/,upperdir=${layer},workdir=${work} ${root}`,
    ...(options.writable ? [] : [`mount -o remount,ro ${root}`]),
    ...['/proc', '/dev'].map((folder) => `mount --rbind ${folder} ${root}${folder}`),
    ...Object.entries(options.mounts ?? {}).map(([inside, host]) => `mount --bind ${host} ${root}${inside}`),
  ];
  const passed = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|npm_config_.*)$/i.test(name));
  const env = { ...Object.fromEntries(passed), ...own, ...options.env };
  const start = ['chroot', `--userspec=${user}`, '--groups=', root, 'env', '-i', '-C', workdir];
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const script = `${mounts.join('\n')}\nexec "$@"`;
  return ['unshare', '--mount', 'sh', '-ec', script, 'sh', ...start, ...assignments, ...command];
}
