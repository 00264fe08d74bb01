import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { baseFolder } from '../../scripts/local-services/paths';
import { buildImage, type Image, insideImage } from '../support/dockerfile-image';
import { Evergreen } from '../support/evergreen';
import { CHECKOUT } from '../support/services';

const BUILD_TIMEOUT_MS = 8 * 60_000;

/** Executes the Dockerfile's steps as `docker build` and `docker run --read-only` would. Needs root on Linux. */
describe('the container image', () => {
  let folder: string;
  let image: Image;
  let volume: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(baseFolder(), 'image-'));
    image = buildImage(path.join(CHECKOUT, 'docker', 'Dockerfile'), folder);
    volume = path.join(folder, 'volume');
    mkdirSync(volume);
    chownSync(volume, 1000, 1000);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inside = (command: string[], env: Record<string, string> = {}) =>
    insideImage(image, command, { mounts: { '/data': volume }, env });

  it('runs as an unprivileged user that can write to its volume and nowhere else', () => {
    expect(image).toMatchObject({ user: '1000:1000', volumes: ['/data'] });
    const script =
      'id -u; for d in / /app /app/models /tmp /data; do touch $d/x 2>/dev/null && echo $d; done';
    const [command, ...args] = inside(['sh', '-c', script]);
    const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual(['1000', '/data']);
  });

  it('contains only production packages, and only libraries of this platform', () => {
    const modules = path.join(image.layer, 'app', 'node_modules');
    for (const name of ['eslint', 'jest', 'prettier']) expect(readdirSync(modules)).not.toContain(name);
    const libraries = execFileSync('find', [path.join(modules, 'onnxruntime-node/bin'), '-type', 'f']);
    for (const file of libraries.toString().trim().split('\n'))
      expect(file).toContain(`/${process.platform}/${process.arch}/`);
  });

  it('runs no install script of a package, and no package needs one', () => {
    const text = readFileSync(path.join(CHECKOUT, 'docker', 'Dockerfile'), 'utf8');
    for (const [command] of text.matchAll(/npm (ci|install|prune)[^\n]*/g))
      expect(command).toContain('--ignore-scripts');
    const lock = JSON.parse(readFileSync(path.join(CHECKOUT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }>;
    };
    const withScript = Object.entries(lock.packages)
      .filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
      .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
    // Check a package that is new here: if it needs its script, let the Dockerfile rebuild it by name.
    expect(withScript.sort()).toEqual(['@scarf/scarf', 'msgpackr-extract', 'onnxruntime-node']);
  });

  it('copies from the checkout only what its ignore file allows', () => {
    const read = (name: string) => readFileSync(path.join(CHECKOUT, 'docker', name), 'utf8');
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) =>
      names.split(' '),
    );
    const admitted = [...read('Dockerfile.dockerignore').matchAll(/^!(.*)$/gm)].map(([, name]) => name);
    expect(new Set(copied)).toEqual(new Set(admitted));
  });

  it('serves on a read-only file system, passes its health check and stops on SIGTERM', async () => {
    const [command, ...args] = inside([
      'node',
      'dist/src/auth/create-key.js',
      '--tenant',
      'default',
      '--scopes',
      'query,ingest',
    ]);
    const key = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const env = { HOST: '127.0.0.1', AUTH: 'api-key', PORT: '0' };
    const service = await Evergreen.start({}, { apiKey: key.trim(), command: inside(image.command, env) });
    try {
      await service.ingest([{ external_id: 'a.md', content: 'The container is painted heliotrope.' }]);
      const { body } = await service.request<{ response: string }>('POST', '/query', {
        query: 'Which colour is the container painted?',
        user_id: 'alice',
      });
      expect(body.response).toContain('heliotrope');
      expect((await service.request('GET', '/health/ready')).status).toBe(200);
      for (const path of ['/console', '/console/main.js'])
        expect((await service.request('GET', path)).status).toBe(200);

      const check = (port: string) => {
        const [healthcheck, ...rest] = inside(image.healthcheck, { PORT: port });
        return spawnSync(healthcheck, rest).status;
      };
      const [elsewhere, ...restElsewhere] = inside(image.healthcheck, {
        PORT: '1',
        MANAGEMENT_PORT: new URL(service.url).port,
      });
      expect(spawnSync(elsewhere, restElsewhere).status).toBe(0);
      expect(check(new URL(service.url).port)).toBe(0);
      expect(check('1')).toBe(1);
    } finally {
      expect(await service.stop()).toBe(0);
    }
  });
});
