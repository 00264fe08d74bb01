import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { flatten } from '../../src/config/setting';
import { SETTINGS } from '../../src/config/settings';
import { CHART, ensureHelm, renderChart, runHelm } from '../support/helm';
import { type Manifest, schemaProblems, unknownFieldProblems } from '../support/kubernetes-manifests';

const KNOWN = new Map(flatten(SETTINGS).map((setting) => [setting.name, setting]));
/** What the image itself, and the tests of the chart, set. */
const OTHER_VARIABLES = /^(POSTGRES_|PGDATA$|POD_IP$|NODES$|API$|MANAGEMENT$|REDISCLI_AUTH$)/;
const VALUE_SETS = readdirSync(path.join(CHART, 'ci')).map((file) => path.basename(file, '.yaml'));
const valuesOf = (name: string) => ['--values', path.join(CHART, 'ci', `${name}.yaml`)];

const podsOf = (manifests: Manifest[]) =>
  manifests
    .map((manifest) =>
      manifest.kind === 'Pod'
        ? ({ metadata: manifest.metadata, spec: manifest.spec } as unknown as Manifest['spec']['template'])
        : manifest.spec?.template,
    )
    .filter((template) => template !== undefined);
const named = (manifests: Manifest[], kind: string, suffix = '') =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name.endsWith(suffix))!;
const isPartOf = (part: Record<string, string>, whole: Record<string, string>) =>
  Object.entries(part).every(([key, value]) => whole[key] === value);

describe('the Helm chart', () => {
  let helm: string;
  const rendered: Record<string, Manifest[]> = {};
  beforeAll(async () => {
    helm = await ensureHelm();
    for (const name of VALUE_SETS) rendered[name] = renderChart(helm, valuesOf(name));
  }, 180_000);

  describe.each(VALUE_SETS)('with the values %s', (name) => {
    it('passes lint', () => {
      const { ok, stdout, stderr } = runHelm(helm, ['lint', '--strict', CHART, ...valuesOf(name)]);
      expect([ok, ok ? '' : stdout + stderr]).toEqual([true, '']);
    });

    it('renders manifests that match the schemas of Kubernetes', () => {
      expect(rendered[name].length).toBeGreaterThan(5);
      expect(rendered[name].flatMap(schemaProblems)).toEqual([]);
    });

    it('runs every container unprivileged, on a read-only root, with a memory limit', () => {
      for (const { spec } of podsOf(rendered[name])) {
        expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
        expect(spec).toMatchObject({ automountServiceAccountToken: false });
        for (const { securityContext, resources } of spec.containers) {
          expect(securityContext).toMatchObject({
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          });
          expect(resources.limits?.memory).toMatch(/^\d+(Mi|Gi)$/);
        }
      }
    });

    it('sets only variables that the service knows', () => {
      const set = podsOf(rendered[name]).flatMap(({ spec }) =>
        spec.containers.flatMap(({ env = [] }) => env.map((variable) => variable.name)),
      );
      const inSecret = Object.keys(named(rendered[name], 'Secret').stringData ?? {});
      const unknown = [...set, ...inSecret].filter(
        (variable) =>
          !KNOWN.has(variable) && !OTHER_VARIABLES.test(variable) && !/\.(txt|ini)$/.test(variable),
      );
      expect(unknown).toEqual([]);
    });

    it('selects pods and refers to objects that exist', () => {
      const pods = podsOf(rendered[name]);
      for (const { kind, metadata, spec } of rendered[name]) {
        const selector = (
          kind === 'Service'
            ? spec.selector
            : kind === 'PodDisruptionBudget'
              ? (spec.selector as { matchLabels: unknown }).matchLabels
              : undefined
        ) as Record<string, string> | undefined;
        const isMet = selector === undefined || pods.some((pod) => isPartOf(selector, pod.metadata.labels));
        expect([kind, metadata.name, isMet]).toEqual([kind, metadata.name, true]);
      }
      const secrets = rendered[name]
        .filter(({ kind }) => kind === 'Secret')
        .map(({ metadata }) => metadata.name);
      const referred = pods.flatMap(({ spec }) =>
        spec.containers.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }) => secretRef.name)),
      );
      for (const secret of referred) expect([...secrets, 'evergreen-secrets']).toContain(secret);
    });

    it('gives pods more time to stop than the service needs, after removing them from the load balancer', () => {
      for (const role of ['api', 'worker']) {
        const { spec } = named(rendered[name], 'Deployment', `-${role}`).spec.template;
        const [container] = spec.containers;
        const timeout = container.env!.find((one) => one.name === 'SHUTDOWN_TIMEOUT_SECONDS')?.value;
        const shutdown = Number(timeout ?? KNOWN.get('SHUTDOWN_TIMEOUT_SECONDS')!.defaultText);
        const preStop = Number(container.lifecycle!.preStop.exec.command[1]);
        expect(preStop).toBeGreaterThan(0);
        expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(shutdown + preStop);
      }
    });
  });

  it('renders no field that Kubernetes does not know', () => {
    expect(unknownFieldProblems(Object.values(rendered).flat())).toEqual([]);
  }, 120_000);

  it('detects an unknown field, and a value of the wrong type', () => {
    const service = structuredClone(named(rendered.default, 'Service', '-api'));
    service.spec.sessionAfinity = 'None';
    expect(unknownFieldProblems([service]).join()).toContain('sessionAfinity');
    delete service.spec.sessionAfinity;
    service.spec.ports = 'http';
    expect(schemaProblems(service).join()).toContain('ports');
  }, 60_000);

  it('migrates an external Postgres before install and upgrade, directly and not through PgBouncer', () => {
    const job = named(rendered.pgbouncer, 'Job', '-migration');
    expect(job.metadata.annotations!['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(job.spec.template.spec.containers[0].command).toEqual([
      'node',
      'dist/src/database/run-migrations.js',
      'run',
    ]);
    const secret = named(rendered.pgbouncer, 'Secret', '-migration');
    expect(secret.metadata.annotations!['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(secret.stringData!.DATABASE_URL).toContain('@db.example.com:5432/');
    const own = named(rendered.pgbouncer, 'Secret', 'test-evergreen');
    expect(own.stringData!.DATABASE_URL).toContain('@test-evergreen-pgbouncer:5432/evergreen');
    expect(own.stringData!.DATABASE_REPLICA_URLS.split(',')).toHaveLength(2);
    expect(named(rendered.default, 'Job', '-migration').metadata.annotations!['helm.sh/hook']).toBe(
      'pre-upgrade',
    );
  });

  it.each([
    ['default', 'redis-cache', 'allkeys-lru', '819mb'],
    ['redis-cluster', 'redis-cache', 'allkeys-lru', '1638mb'],
    ['default', 'redis-queue', 'noeviction', '409mb'],
  ])('gives Redis (%s, %s) %s and 80 %% of its limit', (values, component, policy, memory) => {
    const { args } = named(rendered[values], 'StatefulSet', component).spec.template.spec.containers[0];
    expect(args![args!.indexOf('--maxmemory') + 1]).toBe(memory);
    expect(args![args!.indexOf('--maxmemory-policy') + 1]).toBe(policy);
    expect(args![args!.indexOf('--appendonly') + 1]).toBe(component === 'redis-queue' ? 'yes' : 'no');
  });

  it.each([
    ['default', 'redis-cache'],
    ['default', 'redis-queue'],
    ['redis-cluster', 'redis-cache'],
  ])(
    'lets nobody into Redis without the password (%s, %s), which stands in Secrets alone',
    (values, component) => {
      const { data } = named(rendered[values], 'Secret', '-redis');
      const password = Buffer.from(data!.password, 'base64').toString();
      expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
      const set = named(rendered[values], 'StatefulSet', component);
      const { args, env } = set.spec.template.spec.containers[0];
      expect(args![args!.indexOf('--requirepass') + 1]).toBe('$(REDISCLI_AUTH)');
      expect(args![args!.indexOf('--masterauth') + 1]).toBe('$(REDISCLI_AUTH)');
      expect(env).toContainEqual({
        name: 'REDISCLI_AUTH',
        valueFrom: { secretKeyRef: { name: 'test-evergreen-redis', key: 'password' } },
      });
      const variable = component === 'redis-cache' ? 'REDIS_CACHE_URL' : 'REDIS_QUEUE_URL';
      const urls = named(rendered[values], 'Secret', 'test-evergreen').stringData![variable].split(',');
      for (const url of urls) expect(new URL(url).password).toBe(password);
      const others = rendered[values].filter(({ kind }) => kind !== 'Secret');
      expect(JSON.stringify(others)).not.toContain(password);
    },
  );

  it('serves health and metrics on a separate port that no Ingress and no API service exposes', () => {
    const all = rendered.production;
    for (const role of ['api', 'worker']) {
      const [container] = named(all, 'Deployment', `-${role}`).spec.template.spec.containers as unknown as [
        {
          env: { name: string; value: string }[];
          ports: { name: string; containerPort: number }[];
          livenessProbe: { httpGet: { port: string } };
          readinessProbe: { httpGet: { port: string } };
          startupProbe: { httpGet: { port: string } };
        },
      ];
      const port = container.ports.find(({ name }) => name === 'management')!.containerPort;
      expect(container.env).toContainEqual({ name: 'MANAGEMENT_PORT', value: String(port) });
      for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
        expect(probe.httpGet.port).toBe('management');
      expect(named(all, 'Service', `-${role}-management`).spec).toMatchObject({
        clusterIP: 'None',
        ports: [{ name: 'management', targetPort: 'management' }],
      });
    }
    expect(named(all, 'Service', '-api').spec.ports).toMatchObject([{ targetPort: 'http' }]);
    expect(JSON.stringify(named(all, 'Ingress').spec)).not.toContain('management');
    expect(named(all, 'ServiceMonitor').spec.endpoints).toMatchObject([
      { port: 'management', path: '/metrics' },
    ]);
    const rules = named(all, 'NetworkPolicy', '-api').spec.ingress as unknown as {
      ports: { port: number }[];
      from: object[];
    }[];
    expect(rules.map(({ ports }) => ports[0].port)).toEqual([3000, 8081]);
    expect(JSON.stringify(rules[1].from)).toContain('monitoring');
    expect(JSON.stringify(rules[1].from)).not.toContain('ingress-nginx');
  });

  it('uses the image digest if it is set', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const manifests = renderChart(helm, ['--set', `image.digest=${digest}`]);
    const { image } = named(manifests, 'Deployment', '-api').spec.template.spec.containers[0] as unknown as {
      image: string;
    };
    expect(image).toMatch(new RegExp(`^evergreen:[^@]+@${digest}$`));
  });

  it('creates a Redis Cluster of six nodes and passes all of them to the service', () => {
    expect(named(rendered['redis-cluster'], 'StatefulSet', 'redis-cache').spec.replicas).toBe(6);
    const { stringData } = named(rendered['redis-cluster'], 'Secret', 'test-evergreen');
    expect(stringData!.REDIS_CACHE_URL.split(',')).toHaveLength(6);
    expect(named(rendered['redis-cluster'], 'Job', '-cluster-1')).toBeDefined();
  });

  it('scales the API by CPU and the workers by queue depth', () => {
    expect(named(rendered.default, 'HorizontalPodAutoscaler', '-api').spec.metrics).toMatchObject([
      { resource: { name: 'cpu' } },
    ]);
    expect(
      named(rendered['bundled-pgbouncer'], 'HorizontalPodAutoscaler', '-worker').spec.metrics,
    ).toMatchObject([{ external: { metric: { name: 'rag_queue_depth' } } }]);
    expect(named(rendered.production, 'ScaledObject', '-worker').spec.triggers).toMatchObject([
      { type: 'prometheus', metadata: { query: expect.stringContaining('rag_queue_depth') as string } },
    ]);
  });

  it('contains the same rules and dashboards as docker/compose.yaml mounts', () => {
    const rules = parse(readFileSync(path.join(CHART, 'files/rules/evergreen.yaml'), 'utf8')) as {
      groups: unknown;
    };
    expect(named(rendered.production, 'PrometheusRule').spec.groups).toEqual(rules.groups);
    const folder = path.join(CHART, 'files/dashboards');
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    const { data } = named(rendered.production, 'ConfigMap', '-dashboards');
    expect(Object.keys(data!).sort()).toEqual(files.sort());
    for (const file of files)
      expect(JSON.parse(data![file])).toEqual(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
  });

  it('has a Helm test that calls the API', () => {
    const pod = named(rendered.default, 'Pod', '-test');
    expect(pod.metadata.annotations!['helm.sh/hook']).toBe('test');
  });

  it.each([
    ['an unknown value', ['--set', 'api.replica=3'], /replica/],
    ['a word for a number', ['--set', 'api.replicas=many'], /api\/replicas|replicas/],
    ['a digest that is none', ['--set', 'image.digest=sha256:1'], /digest/],
    ['another port of health', ['--set', 'settings.MANAGEMENT_PORT=1'], /MANAGEMENT_PORT/],
    ['a role in the settings', ['--set', 'settings.ROLE=api'], /ROLE/],
    ['a key in the settings', ['--set', 'settings.OPENAI_API_KEY=sk-1'], /OPENAI_API_KEY/],
    ['a setting in small letters', ['--set', 'settings.log_level=debug'], /log_level/],
    ['memory without a unit', ['--set', 'redisCache.bundled.resources.limits.memory=512'], /memory/],
    ['Redis without a limit', ['--set', 'redisQueue.bundled.resources.limits=null'], /limits/],
    ['another kind of scaler', ['--set', 'worker.autoscaling.type=cron'], /type/],
    [
      'more pods at least than at most',
      ['--set', 'api.autoscaling.minReplicas=20'],
      /minReplicas must not exceed/,
    ],
    ['no database', ['--set', 'database.bundled.enabled=false'], /database: enable bundled/],
    ['two databases', ['--set', 'database.url=postgres://u:p@h/d'], /url/],
    ['another kind of database', [...valuesOf('pgbouncer'), '--set', 'database.url=mysql://h/d'], /url/],
    ['an Ingress without a host', ['--set', 'ingress.enabled=true'], /hosts/],
    [
      'PgBouncer before nobody knows what',
      [...valuesOf('production'), '--set', 'pgbouncer.enabled=true'],
      /pgbouncer/,
    ],
  ])('refuses %s, and names it', (_, args, message) => {
    const { ok, stderr } = runHelm(helm, ['template', 'test', CHART, ...args]);
    expect([ok, stderr]).toEqual([false, expect.stringMatching(message)]);
  });
});
